//! DynamoDB items, made from the seed: the value of an attribute is a function of table, attribute, row and date.

use super::{Table, World, fold};
use crate::random::mix;
use chrono::{Days, NaiveDate, SecondsFormat, TimeDelta};

/// A DynamoDB attribute value, as far as the pipeline's tables use them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `S`, and `N` too: DynamoDB sends numbers as text.
    Text(String),
    Boolean(bool),
    /// `L` of `S`.
    List(Vec<String>),
    /// `M` with an `id` and a `name`.
    Map {
        id: String,
        name: String,
    },
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
const STREETS: [&str; 8] = [
    "Lake Street",
    "Main Street",
    "Elm Avenue",
    "Clark Street",
    "Division Street",
    "Oak Road",
    "Mill Lane",
    "9th Avenue",
];

/// An attribute of a table's items on a date: everything that does not depend on the row is looked up once.
#[derive(Debug)]
pub(crate) struct Attribute<'w> {
    table: &'w str,
    name: &'w str,
    kind: &'w str,
    /// Items of the table on that date.
    rows: u64,
    /// Rows from here on lack the attribute: the newest ones are those that miss it.
    missing_from: u64,
    /// Rows from here on have words where a number should be.
    words_from: u64,
    /// Table and number of items that an attribute such as `machineId` points to.
    points_to: (String, u64),
    seed: u64,
    /// What tells this attribute's values from those of the table's others.
    salt: u64,
    date: NaiveDate,
}

impl<'w> Attribute<'w> {
    pub(crate) fn new(world: &World, of: &'w Table, (name, kind): (&'w str, &'w str), date: NaiveDate) -> Self {
        let table = of.record.scope_id.as_str();
        let rows = world.row_count(table, date);
        let word = name.trim_end_matches("Id");
        let named = world.tables().iter().map(|t| t.record.scope_id.clone()).find(|s| s.eq_ignore_ascii_case(word));
        let points_to = match named {
            Some(scope) => (scope.to_lowercase(), world.row_count(&scope, date).max(1)),
            None => (word.to_lowercase(), 1_000),
        };
        let missing_from = rows.saturating_sub(world.missing_rows(table, name, date));
        let words_from = rows.saturating_sub(world.word_rows(table, name, date));
        let (seed, salt) = (world.seed ^ fold(table), fold(name).rotate_left(17));
        Self { table, name, kind, rows, missing_from, words_from, points_to, seed, salt, date }
    }

    /// Whether DynamoDB has it as a number.
    pub(crate) fn is_number(&self) -> bool {
        self.kind == "number"
    }

    /// The attribute of the row's item; `None` where the item lacks it.
    pub(crate) fn value(&self, row: u64) -> Option<Value> {
        if row >= self.missing_from {
            return None;
        }
        if row >= self.words_from {
            return Some(Value::Text("to be agreed".into()));
        }
        let dice = mix(self.seed ^ self.salt ^ mix(row));
        match self.kind {
            "boolean" => Some(Value::Boolean(boolean(self.name, dice))),
            "list" => Some(Value::List((0..dice % 4).map(|n| format!("{}-{row}-{n}", self.name)).collect())),
            "map" => Some(Value::Map { id: self.reference(dice), name: pick(&LAST, dice) }),
            "number" => Some(Value::Text(number(self.name, dice))),
            "boolean text" => Some(Value::Text(boolean(self.name, dice).to_string())),
            "timestamp" => self.moment(row).map(Value::Text),
            "date" => self.moment(row).map(|moment| Value::Text(moment.chars().take(10).collect())),
            _ => self.text(row, dice).map(Value::Text),
        }
    }

    fn text(&self, row: u64, dice: u64) -> Option<String> {
        let name = self.name;
        if name == "id" {
            Some(format!("{}-{row:06}", self.table.to_lowercase()))
        } else if name.ends_with("Id") {
            Some(self.reference(dice))
        } else if name.ends_with("At") || name == "validFrom" {
            self.moment(row)
        } else {
            Some(words(name, row, dice))
        }
    }

    /// The id of an item of the table that the attribute points to.
    fn reference(&self, dice: u64) -> String {
        format!("{}-{:06}", self.points_to.0, dice % self.points_to.1)
    }

    /// A moment in ISO 8601. Creation lies in the past by row, and the newest rows are of the evening before; an end is
    /// later than its beginning, and some things have not ended yet.
    fn moment(&self, row: u64) -> Option<String> {
        match self.name {
            "opensAt" => return Some("06:00".into()),
            "closesAt" => return Some("23:00".into()),
            _ => {}
        }
        let dice = mix(self.seed ^ mix(row));
        if matches!(self.name, "closedAt" | "finishedAt") && dice.is_multiple_of(9) {
            return None;
        }
        let day = self.date.checked_sub_days(Days::new(1 + self.rows.saturating_sub(row) / 12))?;
        let start = day.and_hms_opt(0, 0, 0)? + TimeDelta::seconds((dice % 79_200) as i64);
        let later = match self.name {
            "finishedAt" => TimeDelta::minutes(20 + (dice % 40) as i64),
            "closedAt" | "updatedAt" | "lastLoginAt" | "lastSeenAt" => TimeDelta::minutes(60 + (dice % 60) as i64),
            "endsAt" | "dueAt" | "renewsAt" | "expiresAt" => TimeDelta::days(30),
            _ => TimeDelta::zero(),
        };
        match self.name {
            "validFrom" => Some(day.to_string()),
            _ => Some((start + later).and_utc().to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }
}

fn boolean(name: &str, dice: u64) -> bool {
    match name {
        "isActive" | "isConfirmed" | "isSettled" | "isOnline" | "isPaid" => !dice.is_multiple_of(10),
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

fn words(name: &str, row: u64, dice: u64) -> String {
    let status = ["COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED", "REFUNDED", "CANCELLED", "PENDING"];
    match name {
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
        "reason" => {
            pick(&["machine stopped mid-cycle", "double charge", "wrong programme", "door would not open"], dice)
        }
        "description" | "body" => {
            format!("{} {}", pick(&["Drum is noisy", "Your wash is done", "Leaks at the door"], dice), row)
        }
        "lastFour" => format!("{:04}", dice % 10_000),
        _ => format!("{}-{:05}", name.to_lowercase(), dice % 100_000),
    }
}

fn pick(words: &[&str], dice: u64) -> String {
    words[(dice % words.len() as u64) as usize].to_owned()
}
