//! Athena's result files, in pieces of any size.

#![no_main]

use gluedeck_core::analysis::rows::CsvReader;

/// Rows by their cells, or that the file is none.
fn read(text: &[u8], columns: usize, piece: usize) -> Option<Vec<Vec<Option<String>>>> {
    let (mut reader, mut rows) = (CsvReader::new(columns, 0), Vec::new());
    let mut add = |reader: &mut CsvReader, last| {
        while let Some(batch) = reader.take(last) {
            for row in 0..batch.len() {
                rows.push((0..columns).map(|column| batch.cell(row, column).map(str::to_owned)).collect());
            }
        }
    };
    for piece in text.chunks(piece) {
        reader.feed(piece).ok()?;
        add(&mut reader, true);
    }
    reader.finish().ok()?;
    add(&mut reader, true);
    Some(rows)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [columns, piece, text @ ..] = data else { return };
    let columns = usize::from(columns % 8) + 1;
    let whole = read(text, columns, text.len().max(1));
    let pieces = read(text, columns, usize::from(piece % 16) + 1);
    assert_eq!(whole, pieces, "the size of the pieces changes nothing");
});
