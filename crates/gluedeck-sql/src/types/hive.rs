//! Types as the Data Catalog writes them: Hive's names (Athena's documentation of data types).

use super::Type;

/// Levels that a type may nest.
const MAX_DEPTH: usize = 100;

impl Type {
    /// The catalog's name of a type; None of those that Hive's tables do not have.
    pub fn hive_name(&self) -> Option<String> {
        Some(match self {
            Self::Boolean => "boolean".to_owned(),
            Self::Tinyint => "tinyint".to_owned(),
            Self::Smallint => "smallint".to_owned(),
            Self::Integer => "int".to_owned(),
            Self::Bigint => "bigint".to_owned(),
            Self::Real => "float".to_owned(),
            Self::Double => "double".to_owned(),
            Self::Decimal(precision, scale) => format!("decimal({precision},{scale})"),
            Self::Varchar(Some(length)) if (1..=65_535).contains(length) => format!("varchar({length})"),
            Self::Varchar(_) => "string".to_owned(),
            Self::Char(length) if (1..=255).contains(length) => format!("char({length})"),
            Self::Varbinary => "binary".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Timestamp(_) => "timestamp".to_owned(),
            Self::Array(element) => format!("array<{}>", element.hive_name()?),
            Self::Map(key, value) => format!("map<{},{}>", key.hive_name()?, value.hive_name()?),
            Self::Row(fields) => {
                let field =
                    |(name, ty): &(Option<String>, Self)| Some(format!("{}:{}", name.as_ref()?, ty.hive_name()?));
                format!("struct<{}>", fields.iter().map(field).collect::<Option<Vec<_>>>()?.join(","))
            }
            _ => return None,
        })
    }

    /// The type of a name of the catalog; None if it is none, or one that Athena has no type for.
    pub fn of_hive(name: &str) -> Option<Self> {
        let mut reader = Reader { rest: name };
        let ty = reader.ty(0)?;
        reader.rest.trim().is_empty().then_some(ty)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn ty(&mut self, depth: usize) -> Option<Type> {
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match self.word()?.to_ascii_lowercase().as_str() {
            "boolean" => Type::Boolean,
            "tinyint" | "byte" => Type::Tinyint,
            "smallint" | "short" => Type::Smallint,
            "int" | "integer" => Type::Integer,
            "bigint" | "long" => Type::Bigint,
            "float" | "real" => Type::Real,
            "double" => Type::Double,
            "string" => Type::VARCHAR,
            "binary" => Type::Varbinary,
            "date" => Type::Date,
            "timestamp" => Type::Timestamp(3),
            "decimal" | "numeric" => self.decimal()?,
            "varchar" => Type::Varchar(Some(self.length(65_535)?)),
            "char" => Type::Char(self.length(255)?),
            "array" => {
                self.take('<')?;
                let element = self.ty(depth + 1)?;
                self.take('>')?;
                Type::array(element)
            }
            "map" => {
                self.take('<')?;
                let key = self.ty(depth + 1)?;
                self.take(',')?;
                let value = self.ty(depth + 1)?;
                self.take('>')?;
                Type::map(key, value)
            }
            "struct" => self.fields(depth)?,
            _ => return None,
        })
    }

    /// `(12,2)`; without numbers it is Hive's, of ten digits.
    fn decimal(&mut self) -> Option<Type> {
        if self.take('(').is_none() {
            return Some(Type::Decimal(10, 0));
        }
        let precision = self.number()?;
        let scale = if self.take(',').is_some() { self.number()? } else { 0 };
        self.take(')')?;
        let (precision, scale) = (u8::try_from(precision).ok()?, u8::try_from(scale).ok()?);
        ((1..=38).contains(&precision) && scale <= precision).then_some(Type::Decimal(precision, scale))
    }

    fn length(&mut self, most: u32) -> Option<u32> {
        self.take('(')?;
        let length = self.number()?;
        self.take(')')?;
        (1..=most).contains(&length).then_some(length)
    }

    fn fields(&mut self, depth: usize) -> Option<Type> {
        self.take('<')?;
        let mut fields = Vec::new();
        loop {
            let (name, rest) = self.rest.split_once(':')?;
            self.rest = rest;
            fields.push((Some(name.trim().trim_matches('`').to_owned()), self.ty(depth + 1)?));
            if self.take(',').is_none() {
                break;
            }
        }
        self.take('>')?;
        Some(Type::Row(fields))
    }

    fn word(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn number(&mut self) -> Option<u32> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits.parse().ok()
    }

    fn take(&mut self, symbol: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(symbol)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in [
            "int",
            "bigint",
            "string",
            "decimal(12,2)",
            "varchar(10)",
            "char(3)",
            "array<struct<id:int,tags:map<string,array<double>>>>",
            "struct<a:timestamp,b:date>",
        ] {
            let ty = Type::of_hive(name);
            assert_eq!(ty.and_then(|ty| ty.hive_name()).as_deref(), Some(name));
        }
        assert_eq!(Type::of_hive(" Array < INT > "), Some(Type::array(Type::Integer)));
        assert_eq!(Type::of_hive("decimal"), Some(Type::Decimal(10, 0)));
    }

    #[test]
    fn what_is_no_type_is_none() {
        let deep = "array<".repeat(5_000);
        for name in ["", "text", "int)", "array<int", "decimal(39,2)", "varchar", "struct<a>", "uniontype<int>", &deep]
        {
            assert_eq!(Type::of_hive(name), None, "{name}");
        }
        assert_eq!(Type::Json.hive_name(), None);
        assert_eq!(Type::Row(vec![(None, Type::Integer)]).hive_name(), None);
    }
}
