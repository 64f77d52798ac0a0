//! DynamoDB items, made from the seed: the value of an attribute is a function of table, attribute, row and date.

use super::{Record, World, fold, mix};
use chrono::{Days, NaiveDate, TimeDelta};

/// A DynamoDB attribute value, as far as the pipeline's tables use them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `S`, and `N` too: DynamoDB sends numbers as text.
    Text(String),
    Boolean(bool),
    /// `L` of `S`.
    List(Vec<String>),
    /// `M` with an `id` and a `name`.
    Map { id: String, name: String },
}

const FIRST: [&str; 16] = [
    "Bob", "Alice", "Chen", "Diego", "Emma", "Farid", "Grace", "Hana", "Igor", "Jana", "Kofi", "Lena", "Mateo", "Nora",
    "Omar", "Zoë",
];
const LAST: [&str; 16] = [
    "Miller", "Okafor", "Tanaka", "García", "Novak", "Schmidt", "Rossi", "Khan", "Larsen", "Dubois", "Silva", "Park",
    "Moreau", "Ivanov", "Haas", "O'Neill",
];
const CITIES: [&str; 8] =
    ["Chicago", "Milwaukee", "St. Louis", "Madison", "Gary", "Rockford", "Indianapolis", "Grand Rapids"];
const STREETS: [&str; 8] =
    ["Lake Street", "Main Street", "Elm Avenue", "Clark Street", "Division Street", "Oak Road", "Mill Lane", "9th Avenue"];

/// Whether the row's item lacks the attribute on that date: the newest rows are the ones that miss it.
fn is_missing(world: &World, record: &Record, attribute: &str, row: u64, date: NaiveDate) -> bool {
    let missing = world.missing_rows(&record.scope_id, attribute, date);
    missing > 0 && row + missing >= world.row_count(&record.scope_id, date)
}

/// The attribute of the row's item on a date; `None` where the item lacks it.
pub(crate) fn item_value(world: &World, record: &Record, attribute: (&str, &str), row: u64, date: NaiveDate) -> Option<Value> {
    let (name, kind) = attribute;
    if is_missing(world, record, name, row, date) {
        return None;
    }
    let table = record.scope_id.as_str();
    let dice = mix(world.seed ^ fold(table) ^ fold(name).rotate_left(17) ^ mix(row));
    match kind {
        "boolean" => Some(Value::Boolean(boolean(name, dice))),
        "list" => Some(Value::List((0..dice % 4).map(|n| format!("{name}-{row}-{n}")).collect())),
        "map" => Some(Value::Map { id: reference(world, name, dice, date), name: pick(&LAST, dice) }),
        "number" => Some(Value::Text(number(name, dice))),
        _ => text(world, table, name, row, dice, date).map(Value::Text),
    }
}

fn boolean(name: &str, dice: u64) -> bool {
    match name {
        "isActive" | "isConfirmed" | "isSettled" | "isOnline" | "isPaid" => dice % 10 != 0,
        _ => dice.is_multiple_of(5),
    }
}

fn number(name: &str, dice: u64) -> String {
    let between = |low: u64, high: u64| low + dice % (high - low);
    match name {
        "price" | "unitPrice" | "pricePerCycle" | "cost" => {
            let cents = between(150, 4_900);
            format!("{}.{:02}", cents / 100, cents % 100)
        }
        "balance" => (between(0, 20_000) as i64 - 2_000).to_string(),
        "amount" | "totalAmount" | "taxAmount" => between(50, 2_500).to_string(),
        "discountPercent" => (between(1, 9) * 5).to_string(),
        "quantity" | "loginCount" | "usedCount" => between(1, 12).to_string(),
        "signalDbm" => format!("-{}", between(40, 95)),
        "expiryMonth" => between(1, 13).to_string(),
        "expiryYear" => between(2026, 2032).to_string(),
        "durationSeconds" => between(1_200, 3_600).to_string(),
        "cycleCount" => between(10_000, 5_000_000_000).to_string(),
        _ => between(1, 500).to_string(),
    }
}

fn text(world: &World, table: &str, name: &str, row: u64, dice: u64, date: NaiveDate) -> Option<String> {
    if name == "id" {
        return Some(id(table, row));
    }
    if name.ends_with("Id") {
        return Some(reference(world, name.trim_end_matches("Id"), dice, date));
    }
    if name.ends_with("At") || name == "validFrom" {
        return moment(world, table, name, row, date);
    }
    let status = ["COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED", "REFUNDED", "CANCELLED", "PENDING"];
    Some(match name {
        "firstName" => pick(&FIRST, dice),
        "lastName" => pick(&LAST, dice),
        "email" => format!("{}.{row}@example.com", FIRST[(dice % 16) as usize].to_lowercase()),
        "phoneNumber" => format!("+1312555{:04}", dice % 10_000),
        "userType" => pick(&["CUSTOMER", "CUSTOMER", "CUSTOMER", "ATTENDANT", "MANAGER"], dice),
        "role" => pick(&["customer", "attendant", "manager", "admin"], dice),
        "currency" => "USD".into(),
        "status" => pick(&status, dice),
        "city" => pick(&CITIES, dice),
        "street" => format!("{} {}", 1 + dice % 990, STREETS[(dice / 7 % 8) as usize]),
        "postalCode" => format!("{:05}", 46_000 + dice % 16_000),
        "country" => "US".into(),
        "timezone" => "America/Chicago".into(),
        "machineType" | "model" => pick(&["WASHER-8KG", "WASHER-12KG", "DRYER-14KG", "DRYER-20KG"], dice),
        "dayOfWeek" => pick(&["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"], dice),
        "channel" => pick(&["EMAIL", "PUSH", "SMS"], dice),
        "severity" => pick(&["LOW", "MEDIUM", "HIGH"], dice),
        "plan" => pick(&["BASIC", "FAMILY", "UNLIMITED"], dice),
        "brand" => pick(&["VISA", "MASTERCARD", "AMEX"], dice),
        "transactionType" => pick(&["CHARGE", "CHARGE", "CHARGE", "TOP_UP", "REFUND"], dice),
        "reason" => pick(&["machine stopped mid-cycle", "double charge", "wrong programme", "door would not open"], dice),
        "description" | "body" => format!("{} {}", pick(&["Drum is noisy", "Your wash is done", "Leaks at the door"], dice), row),
        "lastFour" => format!("{:04}", dice % 10_000),
        _ => format!("{}-{:05}", name.to_lowercase(), dice % 100_000),
    })
}

/// A moment in ISO 8601. Creation lies in the past by row, and the newest rows are of the evening before; an end is
/// later than its beginning, and some things have not ended yet.
fn moment(world: &World, table: &str, name: &str, row: u64, date: NaiveDate) -> Option<String> {
    match name {
        "opensAt" => return Some("06:00".into()),
        "closesAt" => return Some("23:00".into()),
        _ => {}
    }
    let dice = mix(world.seed ^ fold(table) ^ mix(row));
    if matches!(name, "closedAt" | "finishedAt") && dice.is_multiple_of(9) {
        return None;
    }
    let nights_ago = world.row_count(table, date).saturating_sub(row) / 12;
    let day = date.checked_sub_days(Days::new(1 + nights_ago))?;
    let start = day.and_hms_opt(0, 0, 0)? + TimeDelta::seconds((dice % 79_200) as i64);
    let later = match name {
        "finishedAt" => TimeDelta::minutes(20 + (dice % 40) as i64),
        "closedAt" | "updatedAt" | "lastLoginAt" | "lastSeenAt" => TimeDelta::minutes(60 + (dice % 60) as i64),
        "endsAt" | "dueAt" | "renewsAt" | "expiresAt" => TimeDelta::days(30),
        _ => TimeDelta::zero(),
    };
    match name {
        "validFrom" => Some(day.format("%Y-%m-%d").to_string()),
        _ => Some((start + later).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
    }
}

fn id(table: &str, row: u64) -> String {
    format!("{}-{row:06}", table.to_lowercase())
}

/// The id of an item of the table that an attribute such as `machineId` or `user` points to.
fn reference(world: &World, name: &str, dice: u64, date: NaiveDate) -> String {
    let table = world.records.iter().find(|r| r.scope_id.eq_ignore_ascii_case(name));
    match table {
        Some(record) => id(&record.scope_id, dice % world.row_count(&record.scope_id, date).max(1)),
        None => id(name, dice % 1_000),
    }
}

fn pick(words: &[&str], dice: u64) -> String {
    words[(dice % words.len() as u64) as usize].to_owned()
}
