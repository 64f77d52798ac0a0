//! Color depth: what a theme's color becomes on a terminal with fewer colors.

use ratatui::style::{Color, Style};

/// How many colors the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    #[default]
    True,
    /// The 6×6×6 cube and the gray ramp.
    Indexed,
    Sixteen,
    /// None: bold, reverse and glyphs must do (NO_COLOR).
    None,
}

/// The 16 colors as most terminals have them.
const SIXTEEN: [(Color, (u8, u8, u8)); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 49, 49)),
    (Color::Green, (13, 188, 121)),
    (Color::Yellow, (229, 229, 16)),
    (Color::Blue, (36, 114, 200)),
    (Color::Magenta, (188, 63, 188)),
    (Color::Cyan, (17, 168, 205)),
    (Color::Gray, (204, 204, 204)),
    (Color::DarkGray, (102, 102, 102)),
    (Color::LightRed, (241, 76, 76)),
    (Color::LightGreen, (35, 209, 139)),
    (Color::LightYellow, (245, 245, 67)),
    (Color::LightBlue, (59, 142, 234)),
    (Color::LightMagenta, (214, 112, 214)),
    (Color::LightCyan, (41, 184, 219)),
    (Color::White, (242, 242, 242)),
];

/// The style with colors that the terminal has.
pub fn reduce(style: Style, depth: Depth) -> Style {
    Style { fg: style.fg.and_then(|c| color(c, depth)), bg: style.bg.and_then(|c| color(c, depth)), ..style }
}

/// Red, green and blue of a color, as most terminals have it; none of the terminal's own.
pub fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    match color {
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(n) if n >= 232 => Some((8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10)),
        Color::Indexed(n) if n >= 16 => {
            const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
            let n = usize::from(n - 16);
            Some((LEVELS[n / 36], LEVELS[n / 6 % 6], LEVELS[n % 6]))
        }
        Color::Indexed(n) => SIXTEEN.get(usize::from(n)).map(|(_, rgb)| *rgb),
        named => SIXTEEN.iter().find(|(known, _)| *known == named).map(|(_, rgb)| *rgb),
    }
}

/// A color of a configuration, on a terminal with so many colors.
pub fn named(name: &str, depth: Depth) -> Option<Color> {
    color(name.parse().ok()?, depth)
}

fn color(color: Color, depth: Depth) -> Option<Color> {
    let Color::Rgb(r, g, b) = color else {
        return (depth != Depth::None).then_some(color);
    };
    match depth {
        Depth::True => Some(color),
        Depth::None => None,
        Depth::Indexed => Some(Color::Indexed(nearest_index(r, g, b))),
        Depth::Sixteen => {
            let nearest = SIXTEEN.iter().min_by_key(|(_, other)| distance((r, g, b), *other));
            nearest.map(|(color, _)| *color)
        }
    }
}

fn nearest_index(r: u8, g: u8, b: u8) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| (0..6).min_by_key(|&i| LEVELS[i].abs_diff(value)).unwrap_or(0);
    let (i, j, k) = (level(r), level(g), level(b));
    let cube = (LEVELS[i], LEVELS[j], LEVELS[k]);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = (mean.saturating_sub(8) / 10).min(23) as u8;
    let gray = 8 + step * 10;
    if distance((r, g, b), (gray, gray, gray)) < distance((r, g, b), cube) {
        232 + step
    } else {
        (16 + 36 * i + 6 * j + k) as u8
    }
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let square = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    square(a.0, b.0) + square(a.1, b.1) + square(a.2, b.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_reduced_to_near_ones_and_to_none() {
        let style = Style::new().fg(Color::Rgb(255, 111, 104)).bg(Color::Rgb(16, 18, 22));
        assert_eq!(reduce(style, Depth::Indexed).fg, Some(Color::Indexed(203)));
        assert_eq!(reduce(style, Depth::Sixteen).fg, Some(Color::LightRed));
        assert_eq!(reduce(style, Depth::Sixteen).bg, Some(Color::Black));
        assert_eq!(reduce(style, Depth::None), Style::new());
    }
}
