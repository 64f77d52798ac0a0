//! Reading a query.

use super::functions;
use super::malformed::Malformed;
use super::token::{Token, TokenAt, tokens, unexpected};
use super::tree::{Command, Expr, Item, Parse, Period, Query};
use regex::Regex;

/// Rows that a query may ask for (CloudWatch Logs Insights' documentation: "limit").
const MAX_LIMIT: usize = 100_000;
/// Levels that an expression may nest.
const MAX_DEPTH: usize = 100;

/// Reads a query.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn parse(query: &str) -> Result<Query, Malformed> {
    let mut parser = Parser { query, tokens: tokens(query)?, at: 0, depth: 0 };
    if parser.at_word("source") {
        return Err(parser.refused(0, "gluedeck does not do SOURCE; name the groups in the call".to_owned()));
    }
    let mut commands = Vec::new();
    loop {
        let start = parser.at;
        let command = parser.command()?;
        parser.fits(&commands, &command, start)?;
        commands.push(command);
        if !parser.symbol("|") {
            break;
        }
    }
    match parser.token() {
        Token::End => Ok(Query { commands }),
        _ => Err(parser.unexpected()),
    }
}

struct Parser<'a> {
    query: &'a str,
    tokens: Vec<TokenAt>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at].token
    }

    fn advance(&mut self) -> Token {
        let token = self.token().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn source(&self, from: usize, to: usize) -> String {
        self.query.chars().skip(from).take(to - from).collect()
    }

    fn unexpected(&self) -> Malformed {
        let placed = &self.tokens[self.at];
        let text = match placed.token {
            Token::End => "<EOF>".to_owned(),
            _ => self.source(placed.from, placed.to),
        };
        unexpected(&text, self.query, placed.from)
    }

    fn refused(&self, start: usize, message: String) -> Malformed {
        Malformed { message, from: self.tokens[start].from, to: self.tokens[self.at].from }
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.token(), Token::Symbol(found) if *found == symbol);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Malformed> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.token(), Token::Name(name) if name.eq_ignore_ascii_case(word))
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn name(&mut self) -> Result<String, Malformed> {
        match self.token().clone() {
            Token::Name(name) | Token::Quoted(name) => {
                self.advance();
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T, Malformed>) -> Result<Vec<T>, Malformed> {
        let mut found = vec![read(self)?];
        while self.symbol(",") {
            found.push(read(self)?);
        }
        Ok(found)
    }

    fn command(&mut self) -> Result<Command, Malformed> {
        let start = self.at;
        let Token::Name(word) = self.token().clone() else { return Err(self.unexpected()) };
        self.advance();
        Ok(match word.to_lowercase().as_str() {
            "fields" => Command::Fields(self.list(Self::item)?),
            "display" => Command::Display(self.list(Self::item)?),
            "filter" | "where" => Command::Filter(self.expr()?),
            "sort" | "order" => Command::Sort(self.list(Self::sort_key)?),
            "limit" | "head" => {
                self.word("any");
                let Token::Number(text) = self.token().clone() else { return Err(self.unexpected()) };
                let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                let limit = limit.ok_or_else(|| self.unexpected())?;
                self.advance();
                Command::Limit(limit)
            }
            "dedup" => Command::Dedup(self.list(Self::name)?),
            "stats" => {
                let items = self.list(Self::item)?;
                let by = if self.word("by") { self.list(Self::item)? } else { Vec::new() };
                Command::Stats { items, by }
            }
            "parse" => Command::Parse(self.parse_command()?),
            word @ ("unmask" | "filterindex" | "pattern" | "diff" | "anomaly" | "lookup" | "unnest" | "tail") => {
                return Err(self.refused(start, format!("gluedeck does not do the command {word}")));
            }
            _ => {
                self.at = start;
                return Err(self.unexpected());
            }
        })
    }

    fn sort_key(&mut self) -> Result<(String, bool), Malformed> {
        // A column without a name of its own is sorted by in back-quotes.
        let name = self.name()?;
        if matches!(self.token(), Token::Symbol("(")) {
            return Err(self.unexpected());
        }
        let down = self.word("desc");
        if !down {
            self.word("asc");
        }
        Ok((name, down))
    }

    /// Whether a command may come after those before it.
    fn fits(&self, before: &[Command], command: &Command, start: usize) -> Result<(), Malformed> {
        let here = || {
            let placed = &self.tokens[start];
            unexpected(&self.source(placed.from, placed.to), self.query, placed.from)
        };
        let deduped = before.iter().any(|command| matches!(command, Command::Dedup(_)));
        if deduped && !matches!(command, Command::Limit(_)) {
            return Err(here());
        }
        let made = before.iter().rev().find_map(|command| match command {
            Command::Stats { items, by } => {
                Some(by.iter().chain(items).map(|item| item.name.clone()).collect::<Vec<String>>())
            }
            _ => None,
        });
        let Some(mut made) = made else { return Ok(()) };
        let Command::Stats { items, by } = command else { return Ok(()) };
        let since = before.iter().rev().take_while(|command| !matches!(command, Command::Stats { .. }));
        for command in since {
            match command {
                Command::Sort(_) | Command::Limit(_) => return Err(here()),
                Command::Fields(items) | Command::Display(items) => {
                    made.extend(items.iter().map(|item| item.name.clone()))
                }
                Command::Parse(parse) => made.extend(parse.names.iter().cloned()),
                _ => {}
            }
        }
        let mut unknown = Vec::new();
        for item in items.iter().chain(by) {
            item.expr.fields(&mut |name| {
                if !made.iter().any(|made| made == name) {
                    unknown.push(name.to_owned());
                }
            });
        }
        match unknown.first() {
            None => Ok(()),
            Some(name) => Err(self.refused(start, format!("Unknown symbols found in or after stats: {name}"))),
        }
    }

    fn item(&mut self) -> Result<Item, Malformed> {
        let from = self.tokens[self.at].from;
        let expr = self.expr()?;
        let to = self.tokens[self.at.saturating_sub(1)].to;
        let name = match (self.word("as"), &expr) {
            (true, _) => self.name()?,
            (false, Expr::Field(name)) => name.clone(),
            (false, _) => self.source(from, to),
        };
        Ok(Item { expr, name })
    }

    fn parse_command(&mut self) -> Result<Parse, Malformed> {
        let field = match self.token() {
            Token::Text(_) | Token::Regex(_) => Expr::Field("@message".to_owned()),
            _ => Expr::Field(self.name()?),
        };
        let start = self.at;
        match self.advance() {
            Token::Text(glob) => {
                let pieces: Vec<&str> = glob.split('*').collect();
                let last = pieces.len() - 1;
                let mut pattern = regex::escape(pieces[0]);
                for (place, piece) in pieces.iter().enumerate().skip(1) {
                    // The last one takes what is left.
                    pattern += if place == last && piece.is_empty() { "(.*)" } else { "(.*?)" };
                    pattern += &regex::escape(piece);
                }
                if !self.word("as") {
                    return Err(self.unexpected());
                }
                let names = self.list(Self::name)?;
                if names.len() != last {
                    let message = format!("parse has {last} wildcards and {} names", names.len());
                    return Err(self.refused(start, message));
                }
                let regex = self.regex(&format!("(?s){pattern}"), start)?;
                Ok(Parse { field, regex, names, multi: false })
            }
            Token::Regex(pattern) => {
                let regex = self.regex(&pattern, start)?;
                let names: Vec<String> = regex.capture_names().flatten().map(str::to_owned).collect();
                if names.is_empty() {
                    return Err(self.refused(start, "parse has no named groups".to_owned()));
                }
                Ok(Parse { field, regex, names, multi: self.word("multi") })
            }
            _ => {
                self.at = start;
                Err(self.unexpected())
            }
        }
    }

    fn regex(&self, pattern: &str, start: usize) -> Result<Regex, Malformed> {
        Regex::new(pattern).map_err(|_| self.refused(start, format!("Invalid regular expression: {pattern}")))
    }

    fn expr(&mut self) -> Result<Expr, Malformed> {
        if self.depth == MAX_DEPTH {
            return Err(self.unexpected());
        }
        self.depth += 1;
        let mut expr = self.all()?;
        while self.word("or") {
            expr = Expr::Or(Box::new(expr), Box::new(self.all()?));
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn all(&mut self) -> Result<Expr, Malformed> {
        let mut expr = self.negated()?;
        while self.word("and") {
            expr = Expr::And(Box::new(expr), Box::new(self.negated()?));
        }
        Ok(expr)
    }

    fn negated(&mut self) -> Result<Expr, Malformed> {
        let mut times = 0;
        while self.word("not") {
            times += 1;
        }
        let test = self.test()?;
        Ok(if times % 2 == 1 { Expr::Not(Box::new(test)) } else { test })
    }

    fn test(&mut self) -> Result<Expr, Malformed> {
        let left = self.sum()?;
        for sign in ["!=", "<=", ">=", "=", "<", ">"] {
            if self.symbol(sign) {
                return Ok(Expr::Compare(sign, Box::new(left), Box::new(self.sum()?)));
            }
        }
        if self.symbol("=~") {
            return self.like(left);
        }
        let not = self.word("not");
        let found = if self.word("like") {
            self.like(left)?
        } else if self.word("in") {
            self.expect("[")?;
            let values = self.list(Self::expr)?;
            self.expect("]")?;
            Expr::In(Box::new(left), values)
        } else if not {
            return Err(self.unexpected());
        } else {
            return Ok(left);
        };
        Ok(if not { Expr::Not(Box::new(found)) } else { found })
    }

    fn like(&mut self, left: Expr) -> Result<Expr, Malformed> {
        let start = self.at;
        match self.token().clone() {
            Token::Regex(pattern) => {
                self.advance();
                Ok(Expr::Like(Box::new(left), self.regex(&pattern, start)?))
            }
            Token::Text(text) => {
                self.advance();
                Ok(Expr::Contains(Box::new(left), Box::new(Expr::Text(text))))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn sum(&mut self) -> Result<Expr, Malformed> {
        let mut expr = self.product()?;
        loop {
            let sign = if self.symbol("+") {
                '+'
            } else if self.symbol("-") {
                '-'
            } else {
                return Ok(expr);
            };
            expr = Expr::Binary(sign, Box::new(expr), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expr, Malformed> {
        let mut expr = self.power()?;
        loop {
            let sign = match self.token() {
                Token::Symbol("*") => '*',
                Token::Symbol("/") => '/',
                Token::Symbol("%") => '%',
                _ => return Ok(expr),
            };
            self.advance();
            expr = Expr::Binary(sign, Box::new(expr), Box::new(self.power()?));
        }
    }

    fn power(&mut self) -> Result<Expr, Malformed> {
        let mut expr = self.unary()?;
        while self.symbol("^") {
            expr = Expr::Binary('^', Box::new(expr), Box::new(self.unary()?));
        }
        Ok(expr)
    }

    fn unary(&mut self) -> Result<Expr, Malformed> {
        let mut times = 0;
        while self.symbol("-") {
            times += 1;
        }
        let primary = self.primary()?;
        Ok(if times % 2 == 1 { Expr::Negative(Box::new(primary)) } else { primary })
    }

    fn primary(&mut self) -> Result<Expr, Malformed> {
        let start = self.at;
        match self.advance() {
            Token::Number(text) if self.period_after(&text).is_some() => {
                let period = self.period_after(&text).ok_or_else(|| self.unexpected())?;
                self.advance();
                Ok(Expr::Period(period))
            }
            Token::Number(text) => text.parse().map(Expr::Number).map_err(|_| self.unexpected()),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Quoted(name) => Ok(Expr::Field(name)),
            Token::Period(text) => Period::parse(&text).map(Expr::Period).ok_or_else(|| {
                self.at = start;
                self.unexpected()
            }),
            Token::Symbol("(") => {
                let expr = self.expr()?;
                self.expect(")")?;
                Ok(expr)
            }
            Token::Name(name) if self.symbol("(") => self.call(&name, start),
            Token::Name(name) if !functions::is_keyword(&name) => Ok(Expr::Field(name)),
            _ => {
                self.at = start;
                Err(self.unexpected())
            }
        }
    }

    /// The period that a number and the word after it are: `5 min`.
    fn period_after(&self, number: &str) -> Option<Period> {
        match self.token() {
            Token::Name(unit) => Period::parse(&format!("{number}{unit}")),
            _ => None,
        }
    }

    fn call(&mut self, name: &str, start: usize) -> Result<Expr, Malformed> {
        let lower = name.to_lowercase();
        let arguments = if self.symbol(")") {
            Vec::new()
        } else {
            let arguments = if self.symbol("*") { vec![Expr::Star] } else { self.list(Self::expr)? };
            self.expect(")")?;
            arguments
        };
        let star = matches!(arguments.as_slice(), [Expr::Star]);
        match functions::arity(&lower) {
            Some(wanted) if wanted.contains(&arguments.len()) && (!star || lower == "count") => {
                Ok(Expr::Call(lower, arguments))
            }
            Some(_) => Err(self.refused(start, format!("Invalid number of arguments of the function {name}"))),
            None if functions::is_not_done(&lower) => {
                Err(self.refused(start, format!("gluedeck does not do the function {name}")))
            }
            None => Err(self.refused(start, format!("Unknown function {name}"))),
        }
    }
}
