//! Frames of windows.

use super::TypedExpr;
use super::expressions::{Builder, constant};
use crate::error::{Code, Error, Result};
use crate::functions::{self};
use crate::syntax::ast::{Bound, Expr, Frame, FrameUnit, Window};
use crate::types::Type;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{WindowFrame, WindowFrameBound, WindowFrameUnits};

impl Builder<'_, '_> {
    pub(super) fn frame(&mut self, window: &Window, order: &[Type]) -> Result<WindowFrame> {
        let Some(frame) = &window.frame else {
            return Ok(WindowFrame::new((!window.order_by.is_empty()).then_some(false)));
        };
        check_bounds(frame)?;
        let units = match frame.unit {
            FrameUnit::Rows => WindowFrameUnits::Rows,
            FrameUnit::Range => WindowFrameUnits::Range,
            FrameUnit::Groups => WindowFrameUnits::Groups,
        };
        let offset = |bound: &Bound| matches!(bound, Bound::Preceding(_) | Bound::Following(_));
        if frame.unit == FrameUnit::Range && (offset(&frame.start) || offset(&frame.end)) && order.len() != 1 {
            let message = if order.is_empty() {
                "Window frame of type RANGE PRECEDING or FOLLOWING requires ORDER BY".to_owned()
            } else {
                format!(
                    "Window frame of type RANGE PRECEDING or FOLLOWING requires single sort item in ORDER BY (actual: {})",
                    order.len()
                )
            };
            let code = if order.is_empty() { Code::MissingOrderBy } else { Code::InvalidOrderBy };
            return Err(Error::at(frame.position, code, message));
        }
        if let [key] = order
            && frame.unit == FrameUnit::Range
            && (offset(&frame.start) || offset(&frame.end))
            && !(key.is_numeric() || key.is_temporal())
        {
            let message = format!(
                "Window frame of type RANGE PRECEDING or FOLLOWING requires that sort item type be numeric, datetime or interval (actual: {key})"
            );
            let at = window.order_by.first().map_or(frame.position, |item| item.value.position);
            return Err(Error::at(at, Code::TypeMismatch, message));
        }
        if frame.unit == FrameUnit::Groups && order.is_empty() {
            let message = "Window frame of type GROUPS PRECEDING or FOLLOWING requires ORDER BY";
            return Err(Error::at(frame.position, Code::MissingOrderBy, message));
        }
        let (start, end) = (self.bound(&frame.start, frame.unit, order)?, self.bound(&frame.end, frame.unit, order)?);
        if frame.unit == FrameUnit::Range && order.is_empty() {
            return Ok(WindowFrame::new(None));
        }
        if ends_before_it_starts(&start, &end) {
            // No row is so far away.
            let far = || WindowFrameBound::Following(ScalarValue::UInt64(Some(1 << 40)));
            return Ok(WindowFrame::new_bounds(WindowFrameUnits::Rows, far(), far()));
        }
        Ok(WindowFrame::new_bounds(units, start, end))
    }

    pub(super) fn bound(&mut self, bound: &Bound, unit: FrameUnit, order: &[Type]) -> Result<WindowFrameBound> {
        let unbounded = ScalarValue::UInt64(None);
        Ok(match bound {
            Bound::UnboundedPreceding => WindowFrameBound::Preceding(unbounded),
            Bound::UnboundedFollowing => WindowFrameBound::Following(unbounded),
            Bound::CurrentRow => WindowFrameBound::CurrentRow,
            Bound::Preceding(value) => WindowFrameBound::Preceding(self.offset(value, unit, order)?),
            Bound::Following(value) => WindowFrameBound::Following(self.offset(value, unit, order)?),
        })
    }

    pub(super) fn offset(&mut self, value: &Expr, unit: FrameUnit, order: &[Type]) -> Result<ScalarValue> {
        if unit != FrameUnit::Range {
            return match self.constant_number(value)? {
                Some(number) if number >= 0 => Ok(ScalarValue::UInt64(Some(number as u64))),
                Some(_) => {
                    let message = "Window frame offset value must not be negative or null";
                    Err(Error::at(value.position, Code::InvalidWindowFrame, message))
                }
                None => Err(Error::unsupported(value.position, "a frame whose offset is no constant")),
            };
        }
        let typed = self.expression(value)?;
        let key = &order[0];
        let mismatch = || {
            let message =
                format!("Window frame RANGE value type ({}) not compatible with sort item type ({key})", typed.ty);
            Error::at(value.position, Code::TypeMismatch, message)
        };
        match key {
            Type::Date | Type::Timestamp(0..=6) => match constant(&typed.expr) {
                Some(ScalarValue::Int64(Some(millis))) if typed.ty == Type::IntervalDay => {
                    Ok(ScalarValue::new_interval_mdn(0, (millis / 86_400_000) as i32, millis % 86_400_000 * 1_000_000))
                }
                Some(ScalarValue::Int32(Some(months))) if typed.ty == Type::IntervalYear => {
                    Ok(ScalarValue::new_interval_mdn(*months, 0, 0))
                }
                _ => Err(mismatch()),
            },
            key if key.is_numeric() => {
                let typed = functions::coerce(typed.clone(), key, &self.planner.facts);
                let number = functions::constant_of(&typed.expr);
                number.ok_or_else(|| Error::unsupported(value.position, "a frame whose offset is no constant"))
            }
            _ => Err(mismatch()),
        }
    }

    /// The sort key of a RANGE frame as the type that its offsets are compared in.
    pub(super) fn frame_key(&mut self, key: TypedExpr, frame: Option<&Frame>) -> Result<TypedExpr> {
        let Some(frame) = frame.filter(|frame| frame.unit == FrameUnit::Range && key.ty.is_numeric()) else {
            return Ok(key);
        };
        let mut ty = key.ty.clone();
        for bound in [&frame.start, &frame.end] {
            if let Bound::Preceding(value) | Bound::Following(value) = bound {
                let offset = self.expression(value)?.ty;
                ty = crate::types::common(&ty, &offset).unwrap_or(ty);
            }
        }
        Ok(functions::coerce(key, &ty, &self.planner.facts))
    }
}

/// Whether a frame has no rows wherever it is, such as `BETWEEN 1 PRECEDING AND 2 PRECEDING`, which the engine refuses.
fn ends_before_it_starts(start: &WindowFrameBound, end: &WindowFrameBound) -> bool {
    use WindowFrameBound::{Following, Preceding};
    match (start, end) {
        (Preceding(start), Preceding(end)) => !start.is_null() && start < end,
        (Following(start), Following(end)) => !end.is_null() && start > end,
        _ => false,
    }
}

pub(super) fn check_bounds(frame: &Frame) -> Result<()> {
    let refuse = |message: &str| Err(Error::at(frame.position, Code::InvalidWindowFrame, message));
    match (&frame.start, &frame.end) {
        (Bound::UnboundedFollowing, _) => refuse("Window frame start cannot be UNBOUNDED FOLLOWING"),
        (_, Bound::UnboundedPreceding) => refuse("Window frame end cannot be UNBOUNDED PRECEDING"),
        (Bound::CurrentRow, Bound::Preceding(_)) => {
            refuse("Window frame starting from CURRENT ROW cannot end with PRECEDING")
        }
        (Bound::Following(_), Bound::Preceding(_)) => {
            refuse("Window frame starting from FOLLOWING cannot end with PRECEDING")
        }
        (Bound::Following(_), Bound::CurrentRow) => {
            refuse("Window frame starting from FOLLOWING cannot end with CURRENT ROW")
        }
        _ => Ok(()),
    }
}
