//! Functions of lists: Kubernetes' own (`isSorted`, `sum`, `min`, `max`, `includes`), cel-go's
//! lists extension (`distinct`, `flatten`, `reverse`, `slice`, `sort`, `lists.range`), and sets.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "[3, 1, 2].sort() == [1, 2, 3] && sets.contains([1, 2], [2]) && [1, 5].sum() == 6";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, member, refused, strings};
use crate::{
    Evaluation, Stop, Value,
    ast::Operator,
    error::ErrorKind,
    evaluate::Evaluated,
    limits::{RANGE_MAX, VALUE_DEPTH_MAX},
    operators::no_overload,
};
use std::{cmp::Ordering, collections::HashSet};

pub(super) const FUNCTIONS: &[Function] = &[
    member("isSorted", 1..=1, "list.isSorted()", is_sorted),
    member("sum", 1..=1, "list.sum()", sum),
    member("min", 1..=1, "list.min()", |e, a| extreme(e, a, "min", Ordering::Less)),
    member("max", 1..=1, "list.max()", |e, a| extreme(e, a, "max", Ordering::Greater)),
    member("includes", 2..=2, "list.includes(element)", includes),
    member("indexOf", 2..=3, "text.indexOf(part, from), list.indexOf(element)", index_of),
    member("lastIndexOf", 2..=3, "text.lastIndexOf(part, upto), list.lastIndexOf(element)", {
        last_index_of
    }),
    member("distinct", 1..=1, "list.distinct()", distinct),
    member("flatten", 1..=2, "list.flatten(depth)", flatten),
    member("reverse", 1..=1, "list.reverse(), text.reverse()", reverse),
    member("slice", 3..=3, "list.slice(start, end)", slice),
    member("sort", 1..=1, "list.sort()", sort),
    member("first", 1..=1, "list.first()", |e, a| end(e, a, "first")),
    member("last", 1..=1, "list.last()", |e, a| end(e, a, "last")),
    global("lists.range", 1..=1, "lists.range(length)", range),
    global("sets.contains", 2..=2, "sets.contains(list, part)", |e, a| {
        sets(e, a, "sets.contains", Evaluation::contains_all)
    }),
    global("sets.equivalent", 2..=2, "sets.equivalent(list, other)", |e, a| {
        sets(e, a, "sets.equivalent", |e, list, other| {
            Ok(e.contains_all(list, other)? && e.contains_all(other, list)?)
        })
    }),
    global("sets.intersects", 2..=2, "sets.intersects(list, other)", |e, a| {
        sets(e, a, "sets.intersects", |e, list, other| {
            e.decide(list, true, |e, item| e.is_in(item, other))
        })
    }),
];

impl<'a> Evaluation<'a> {
    /// All elements of a list; that it is one is for the caller to know.
    pub(crate) fn elements(&mut self, list: &Value<'a>) -> Result<Vec<Value<'a>>, Stop> {
        let length = self.length(list)?;
        let mut elements = Vec::with_capacity(length);
        for position in 0..length {
            elements.push(self.element(list, position)?);
        }
        Ok(elements)
    }

    fn is_in(&mut self, item: &Value<'a>, list: &[Value<'a>]) -> Result<bool, Stop> {
        self.decide(list, true, |evaluation, other| evaluation.equal(item, other))
    }

    fn contains_all(&mut self, list: &[Value<'a>], part: &[Value<'a>]) -> Result<bool, Stop> {
        self.decide(part, false, |evaluation, item| evaluation.is_in(item, list))
    }

    /// How two values of one comparable type are ordered.
    fn order(
        &mut self,
        function: &str,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<Ordering, Stop> {
        self.step(1)?;
        if left.kind() != right.kind() {
            return Err(no_overload(function, &[left, right]));
        }
        Ok(if self.ordered(Operator::Less, left, right)? {
            Ordering::Less
        } else if self.ordered(Operator::Greater, left, right)? {
            Ordering::Greater
        } else {
            Ordering::Equal
        })
    }

    /// The same as Kubernetes' own functions do it: what cannot be compared is not in disorder.
    fn order_loosely(
        &mut self,
        function: &str,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<Ordering, Stop> {
        self.step(1)?;
        if !left.is_ordered() || !right.is_ordered() {
            return Err(no_overload(function, &[left, right]));
        }
        let less = self.ordered(Operator::Less, left, right);
        match less.and_then(|less| Ok((less, self.ordered(Operator::Greater, left, right)?))) {
            Ok((true, _)) => Ok(Ordering::Less),
            Ok((_, true)) => Ok(Ordering::Greater),
            Err(stop @ (Stop::Exhausted | Stop::Unknown(_))) => Err(stop),
            Ok(_) | Err(Stop::Error(_)) => Ok(Ordering::Equal),
        }
    }

    /// The elements of a list in the order of their keys.
    pub(crate) fn sorted_by(&mut self, list: &Value<'a>, keys: &[Value<'a>]) -> Evaluated<'a> {
        let mut pairs: Vec<_> = keys.iter().zip(self.elements(list)?).collect();
        if let [(only, _)] = pairs.as_slice() {
            self.ordered(Operator::Less, only, only)?;
        }
        let mut stopped: Option<Stop> = None;
        pairs.sort_by(|(a, _), (b, _)| {
            // After a stop nothing is compared any more: the order no longer matters.
            if stopped.is_some() {
                return Ordering::Equal;
            }
            self.order("sort", a, b).unwrap_or_else(|stop| {
                stopped = Some(stop);
                Ordering::Equal
            })
        });
        match stopped {
            Some(stop) => Err(stop),
            None => Ok(Value::list(pairs.into_iter().map(|(_, item)| item).collect::<Vec<_>>())),
        }
    }
}

/// The elements of the list that a function is called on.
fn items<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
) -> Result<Vec<Value<'a>>, Stop> {
    match arguments.first() {
        Some(list @ Value::List(_)) => evaluation.elements(list),
        _ => Err(refused(name, arguments)),
    }
}

fn is_sorted<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let items = items(evaluation, arguments, "isSorted")?;
    for pair in items.windows(2) {
        if let [a, b] = pair
            && evaluation.order_loosely("isSorted", a, b)?.is_gt()
        {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn sum<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let mut items = items(evaluation, arguments, "sum")?.into_iter();
    let Some(mut total) = items.next() else { return Ok(Value::Int(0)) };
    let summable =
        matches!(total, Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_));
    if !summable {
        return Err(no_overload("sum", &[&total]));
    }
    for item in items {
        total = evaluation.arithmetic(Operator::Add, &total, &item)?;
    }
    Ok(total)
}

fn extreme<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
    wanted: Ordering,
) -> Evaluated<'a> {
    let mut items = items(evaluation, arguments, name)?.into_iter();
    let empty = || Stop::from(ErrorKind::Invalid(format!("{name}() of an empty list")));
    let mut found = items.next().ok_or_else(empty)?;
    evaluation.order_loosely(name, &found, &found)?;
    for item in items {
        if evaluation.order_loosely(name, &item, &found)? == wanted {
            found = item;
        }
    }
    Ok(found)
}

fn includes<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [list @ Value::List(_), item] => evaluation.contained(item, list).map(Value::Bool),
        [value, item] => evaluation.equal(value, item).map(Value::Bool),
        other => Err(refused("includes", other)),
    }
}

fn index_of<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [Value::String(text), Value::String(part)] => {
            strings::index_of(evaluation, text, part, None)
        }
        [Value::String(text), Value::String(part), Value::Int(from)] => {
            strings::index_of(evaluation, text, part, Some(*from))
        }
        [Value::List(_), item] => {
            let items = items(evaluation, arguments, "indexOf")?;
            position(evaluation, items.iter().enumerate(), item)
        }
        other => Err(refused("indexOf", other)),
    }
}

fn last_index_of<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [Value::String(text), Value::String(part)] => {
            strings::last_index_of(evaluation, text, part, None)
        }
        [Value::String(text), Value::String(part), Value::Int(upto)] => {
            strings::last_index_of(evaluation, text, part, Some(*upto))
        }
        [Value::List(_), item] => {
            let items = items(evaluation, arguments, "lastIndexOf")?;
            position(evaluation, items.iter().enumerate().rev(), item)
        }
        other => Err(refused("lastIndexOf", other)),
    }
}

/// The position of the first of these that equals an item; -1 where none does.
fn position<'a, 'v>(
    evaluation: &mut Evaluation<'a>,
    items: impl Iterator<Item = (usize, &'v Value<'a>)>,
    item: &Value<'a>,
) -> Evaluated<'a>
where
    'a: 'v,
{
    for (position, other) in items {
        if evaluation.equal(item, other)? {
            return Ok(Value::Int(i64::try_from(position).unwrap_or(i64::MAX)));
        }
    }
    Ok(Value::Int(-1))
}

/// Texts that are compared with one another sooner than they are hashed.
const COMPARED_MAX: usize = 16;

fn distinct<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let items = items(evaluation, arguments, "distinct")?;
    // A text equals texts only, and those are found by hashing where they are many; anything else
    // is compared with whatever else there was.
    let is_long = items.len() > COMPARED_MAX;
    let mut texts = HashSet::with_capacity(if is_long { items.len() } else { 0 });
    let mut others = Vec::new();
    let mut kept: Vec<Value<'a>> = Vec::with_capacity(items.len());
    for item in &items {
        let is_new = if let Some(text) = item.as_str() {
            evaluation.step(1)?;
            evaluation.step_bytes(text.len())?;
            if is_long {
                texts.insert(text)
            } else {
                kept.iter().all(|other| other.as_str() != Some(text))
            }
        } else if evaluation.is_in(item, &others)? {
            false
        } else {
            others.push(item.clone());
            true
        };
        if is_new {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn flatten<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let depth = match arguments {
        [_] => 1,
        [_, Value::Int(depth)] if *depth >= 0 => {
            usize::try_from(*depth).unwrap_or(VALUE_DEPTH_MAX).min(VALUE_DEPTH_MAX)
        }
        [_, Value::Int(_)] => {
            return Err(ErrorKind::Invalid("flatten() takes no negative depth".into()).into());
        }
        other => return Err(refused("flatten", other)),
    };
    let mut items = items(evaluation, arguments, "flatten")?;
    for _ in 0..depth {
        if !items.iter().any(|item| matches!(item, Value::List(_))) {
            break;
        }
        let mut flat = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::List(_) => flat.extend(evaluation.elements(&item)?),
                other => flat.push(other),
            }
            evaluation.step(1)?;
        }
        items = flat;
    }
    Ok(Value::list(items))
}

fn reverse<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    if let [Value::String(text)] = arguments {
        evaluation.step_bytes(text.len())?;
        return Ok(Value::from(text.chars().rev().collect::<String>()));
    }
    let mut items = items(evaluation, arguments, "reverse")?;
    items.reverse();
    Ok(Value::list(items))
}

fn slice<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [list @ Value::List(_), Value::Int(start), Value::Int(end)] = arguments else {
        return Err(refused("slice", arguments));
    };
    let length = evaluation.length(list)?;
    let (from, to) = (usize::try_from(*start), usize::try_from(*end));
    match (from, to) {
        (Ok(from), Ok(to)) if from <= to && to <= length => {
            let kept: Result<Vec<_>, _> =
                (from..to).map(|position| evaluation.element(list, position)).collect();
            kept.map(Value::list)
        }
        _ => {
            let length = evaluation.size(list)?;
            let message = format!("slice({start}, {end}) is outside of a list of {length}");
            Err(ErrorKind::Invalid(message).into())
        }
    }
}

fn sort<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let keys = items(evaluation, arguments, "sort")?;
    evaluation.sorted_by(&Value::list(keys.clone()), &keys)
}

/// The first or the last element, if there is one.
fn end<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>], name: &str) -> Evaluated<'a> {
    let [list @ Value::List(_)] = arguments else { return Err(refused(name, arguments)) };
    let Some(end) = evaluation.length(list)?.checked_sub(1) else {
        return Ok(Value::Optional(None));
    };
    let position = if name == "last" { end } else { 0 };
    evaluation.element(list, position).map(|element| Value::optional(Some(element)))
}

fn range<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::Int(length)] = arguments else { return Err(refused("lists.range", arguments)) };
    let steps = u64::try_from(*length).ok().filter(|length| *length <= RANGE_MAX);
    let steps = steps.ok_or_else(|| {
        ErrorKind::Invalid(format!("lists.range() takes a length from 0 to {RANGE_MAX}"))
    })?;
    evaluation.step(steps)?;
    Ok(Value::list((0..*length).map(Value::Int).collect::<Vec<_>>()))
}

/// Compares the elements of two lists.
type SetTest<'a> = fn(&mut Evaluation<'a>, &[Value<'a>], &[Value<'a>]) -> Result<bool, Stop>;

fn sets<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
    test: SetTest<'a>,
) -> Evaluated<'a> {
    let [left @ Value::List(_), right @ Value::List(_)] = arguments else {
        return Err(refused(name, arguments));
    };
    let (left, right) = (evaluation.elements(left)?, evaluation.elements(right)?);
    test(evaluation, &left, &right).map(Value::Bool)
}
