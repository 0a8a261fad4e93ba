//! Questions about one table: conditions, pages, totals.

use crate::{
    engine::{Transaction, Values},
    error::{Result, StoreError},
    page::{Cursor, LARGEST_PAGE, LARGEST_TOTAL, Listed, Page, Sort},
    rows::{Fields, Row},
    store::Store,
    value::{Cell, Value},
};
use jiff::Timestamp;
use std::cmp::Ordering;

/// The longest text that is searched for; more is cut.
const LONGEST_SEARCH: usize = 200;

/// Conditions, joined by AND, with their values.
#[derive(Clone, Default)]
pub(crate) struct Which {
    sql: String,
    values: Values,
    /// The index to walk for a page, where SQLite, which knows no statistics, would choose
    /// another.
    pub(crate) walk: Option<&'static str>,
    /// The index to count by.
    pub(crate) count: Option<&'static str>,
    /// How the rows of a page are chosen first and read then, because many match and the index that
    /// finds them is in another order.
    pub(crate) late: Option<Late>,
}

/// Rows that are chosen by what names them.
#[derive(Clone, Copy)]
pub(crate) struct Late {
    /// The columns that name a row.
    pub(crate) key: &'static [&'static str],
    /// The condition under which they do.
    pub(crate) among: &'static str,
}

impl Which {
    /// No conditions, after values that another part of the statement has.
    pub(crate) fn starting(values: Values) -> Self {
        Self { values, ..Self::default() }
    }

    /// The conditions of another, with the values of this one, which began with those.
    pub(crate) fn replacing(self, other: Self) -> Self {
        Self { values: self.values, ..other }
    }

    /// The values so far.
    pub(crate) fn values(&self) -> Values {
        self.values.clone()
    }

    /// The text of the conditions, with its WHERE.
    pub(crate) fn clause(&self) -> String {
        if self.sql.is_empty() { String::new() } else { format!(" WHERE {}", self.sql) }
    }

    /// The number of a new value.
    pub(crate) fn bind(&mut self, value: Value) -> usize {
        self.values.push(value);
        self.values.len()
    }

    /// A condition as it stands.
    pub(crate) fn and(&mut self, condition: &str) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(condition);
    }

    /// `column = value`, where a value is wanted.
    pub(crate) fn is<T: Cell>(&mut self, column: &str, wanted: Option<&T>) {
        if let Some(wanted) = wanted {
            let place = self.bind(wanted.store());
            self.and(&format!("\"{column}\" = ?{place}"));
        }
    }

    /// `column` is one of these, where a list is wanted. An empty list matches nothing.
    pub(crate) fn any<T: Cell>(&mut self, column: &str, wanted: Option<&[T]>) {
        let Some(wanted) = wanted else { return };
        if wanted.is_empty() {
            return self.and("1 = 0");
        }
        let condition = self.within(column, wanted);
        self.and(&condition);
    }

    /// `column IN (…)`, its values bound.
    pub(crate) fn within<T: Cell>(&mut self, column: &str, wanted: &[T]) -> String {
        let places: Vec<String> =
            wanted.iter().map(|value| format!("?{}", self.bind(value.store()))).collect();
        format!("\"{column}\" IN ({})", places.join(", "))
    }

    /// One of the columns holds the text somewhere, in any case of the ASCII letters.
    pub(crate) fn like(&mut self, columns: &[&str], text: Option<&str>) {
        if let Some(place) = self.pattern(text) {
            let one = |column: &&str| format!("lower(\"{column}\") LIKE ?{place} ESCAPE '\\'");
            let all: Vec<String> = columns.iter().map(one).collect();
            self.and(&format!("({})", all.join(" OR ")));
        }
    }

    /// Binds a pattern of LIKE that finds the text anywhere.
    pub(crate) fn pattern(&mut self, text: Option<&str>) -> Option<usize> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        let mut pattern = String::from("%");
        for letter in text.chars().take(LONGEST_SEARCH) {
            if matches!(letter, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(letter.to_ascii_lowercase());
        }
        pattern.push('%');
        Some(self.bind(Value::text(&pattern)))
    }

    /// What was there at a time; without one, what is there now.
    pub(crate) fn at(&mut self, at: Option<Timestamp>) {
        let Some(at) = at else { return self.and("gone_at IS NULL") };
        let place = self.bind(at.store());
        self.and(&format!("first_seen <= ?{place} AND (gone_at IS NULL OR gone_at > ?{place})"));
    }
}

/// `"a", "b"`.
pub(crate) fn columns(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

impl Store {
    /// One page of a table.
    pub(crate) async fn list<T: Row, S: Sort>(
        &self,
        which: Which,
        page: &Page<S>,
    ) -> Result<Listed<T>> {
        self.list_parts(vec![which], page).await
    }

    /// One page of the rows that match one of the parts. No row may match two.
    pub(crate) async fn list_parts<T: Row, S: Sort>(
        &self,
        parts: Vec<Which>,
        page: &Page<S>,
    ) -> Result<Listed<T>> {
        let (items, next) = self.piece(parts.clone(), page).await?;
        if page.after.is_none() && next.is_none() {
            let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
            return Ok(Listed { items, total, total_is_exact: true, next });
        }
        let (mut total, mut total_is_exact) = (0, true);
        for part in &parts {
            let (count, is_exact) = self.count::<T>(part).await?;
            total += count;
            total_is_exact &= is_exact;
        }
        Ok(Listed { items, total, total_is_exact, next })
    }

    /// The rows of one page, and where the next begins.
    pub(crate) async fn piece<T: Row, S: Sort>(
        &self,
        parts: Vec<Which>,
        page: &Page<S>,
    ) -> Result<(Vec<T>, Option<Cursor>)> {
        let limit = usize::from(page.limit.clamp(1, LARGEST_PAGE));
        let order = order::<T>(page.sort);
        let is_sorted = matches!(&*parts, [one] if one.late.is_none());
        let mut rows = Vec::new();
        for part in parts {
            rows.extend(self.ordered::<T, S>(part, page, &order, limit + 1).await?);
        }
        if !is_sorted {
            // Two orders, or none.
            let key = |row: &Values| values_of::<T>(&order, row);
            rows.sort_by(|one, other| compare(&key(one), &key(other), page.descending));
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| Cursor(values_of::<T>(&order, row)));
        let items = rows.into_iter().map(read).collect::<Result<_>>()?;
        Ok((items, next))
    }

    /// The first rows behind the page's cursor.
    async fn ordered<T: Row, S: Sort>(
        &self,
        mut which: Which,
        page: &Page<S>,
        order: &[&str],
        most: usize,
    ) -> Result<Vec<Values>> {
        if let Some(after) = &page.after {
            let columns_of = 1 + usize::from(page.sort.then().is_some());
            let values = after.values(page.sort, order.len() - columns_of)?.to_vec();
            let places: Vec<String> =
                values.into_iter().map(|value| format!("?{}", which.bind(value))).collect();
            let sign = if page.descending { "<" } else { ">" };
            which.and(&format!("({}) {sign} ({})", columns(order), places.join(", ")));
        }
        let direction = if page.descending { " DESC" } else { "" };
        let by: Vec<String> =
            order.iter().map(|column| format!("\"{column}\"{direction}")).collect();
        let place = which.bind(u64::try_from(most).unwrap_or(u64::MAX).store());
        let (by, walking) = (by.join(", "), self.engine.walking(T::FROM, which.walk));
        let chosen = format!("{walking}{} ORDER BY {by} LIMIT ?{place}", which.clause());
        let names = columns(T::COLUMNS);
        let sql = match which.late {
            Some(Late { key, among }) => {
                let (key, from) = (columns(key), T::FROM);
                format!(
                    "SELECT {names} FROM {from} WHERE {among} \
                     AND ({key}) IN (SELECT {key} FROM {chosen})"
                )
            }
            None => format!("SELECT {names} FROM {chosen}"),
        };
        self.engine.query(sql, which.values).await
    }

    /// All rows that match, up to a number.
    pub(crate) async fn all<T: Row>(&self, which: Which, order: &str, most: u32) -> Result<Vec<T>> {
        let mut which = which;
        let place = which.bind(Value::Integer(i64::from(most)));
        let sql = format!(
            "SELECT {} FROM {}{} ORDER BY {order} LIMIT ?{place}",
            columns(T::COLUMNS),
            T::FROM,
            which.clause()
        );
        self.engine.query(sql, which.values).await?.into_iter().map(read).collect()
    }

    /// The row with this value in this column, if there is one.
    pub(crate) async fn one<T: Row>(&self, column: &str, value: &str) -> Result<Option<T>> {
        let mut which = Which::default();
        which.is(column, Some(&value.to_owned()));
        Ok(self.all(which, &format!("\"{column}\""), 1).await?.pop())
    }

    async fn count<T: Row>(&self, which: &Which) -> Result<(u64, bool)> {
        let mut values = which.values.clone();
        values.push(Value::Integer(i64::try_from(LARGEST_TOTAL + 1).unwrap_or(i64::MAX)));
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 AS one FROM {}{} LIMIT ?{}) AS some_rows",
            self.engine.walking(T::FROM, which.count),
            which.clause(),
            values.len()
        );
        let counted: u64 = single(self.engine.query(sql, values).await?)?;
        Ok((counted.min(LARGEST_TOTAL), counted <= LARGEST_TOTAL))
    }
}

impl Transaction {
    /// All rows that match, as this transaction sees them.
    pub(crate) async fn all<T: Row>(&mut self, which: Which) -> Result<Vec<T>> {
        let sql = format!("SELECT {} FROM {}{}", columns(T::COLUMNS), T::FROM, which.clause());
        self.query(sql, which.values).await?.into_iter().map(read).collect()
    }
}

/// The row as its type.
pub(crate) fn read<T: Row>(row: Values) -> Result<T> {
    T::read(&mut Fields::new(row))
}

/// The only value of the only row.
pub(crate) fn single<T: Cell>(rows: Vec<Values>) -> Result<T> {
    let row = rows.into_iter().next().ok_or_else(|| StoreError::corrupt("no row"))?;
    Fields::new(row).next()
}

/// Columns that tell rows of one name from each other, of which there is one at any time.
pub(crate) const BEGINNINGS: &[&str] = &["first_seen", "since"];

/// The columns of an order: the sort's own, then those that name a row. A column twice would
/// confuse no engine, but the index would not match.
fn order<T: Row>(sort: impl Sort) -> Vec<&'static str> {
    let mut order: Vec<&str> = std::iter::once(sort.column()).chain(sort.then()).collect();
    for column in T::KEY.iter().copied().filter(|column| !BEGINNINGS.contains(column)) {
        if !order.contains(&column) {
            order.push(column);
        }
    }
    order
}

/// The values of these columns.
fn values_of<T: Row>(order: &[&str], row: &Values) -> Vec<Value> {
    let place = |name: &&str| T::COLUMNS.iter().position(|column| column == name);
    order.iter().filter_map(place).filter_map(|place| row.get(place).cloned()).collect()
}

/// As the databases compare: integers by size, text by its bytes.
fn compare(one: &[Value], other: &[Value], descending: bool) -> Ordering {
    let pairs = one.iter().zip(other).map(|pair| match pair {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        _ => Ordering::Equal,
    });
    let ordering = pairs.fold(Ordering::Equal, Ordering::then);
    if descending { ordering.reverse() } else { ordering }
}
