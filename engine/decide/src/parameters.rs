//! Fifth stage: parameters in path, query, headers and cookies, each read by its style and judged by its schema. What is
//! not declared is a violation in a query, and is left behind elsewhere. The forwarded query and cookies are written
//! from what was judged.

use firstclass_body::{Fault, Verdict};
use firstclass_bundle::{Parameter, Place, Reason, RuleClass, Shape};
use firstclass_framing::KnownHeader;

use crate::cookies;
use crate::headers::Found;
use crate::ignored::{MOST_IGNORED, is_ignored};
use crate::judge::Judge;
use crate::modes::Held;
use crate::owner;
use crate::policy::Operation;
use crate::query::{Coding, Malformed, append_canonical, append_plain, decode};
use crate::query_table::Spread;
use crate::refusal::{MAX_VIOLATIONS, Recorded, Refusal, Rule, Violation, Where};
use crate::request::{RequestView, Workspace};
use crate::reveals::{may_reveal, reveals};
use crate::styles::{Entry, Written, append_entries, append_scalar, append_value, bracket, split_after_decoding};

/// So many characters of an undeclared name are echoed.
pub(crate) const ECHOED: usize = 64;
/// The keyword of a masked value that came back.
pub(crate) const MASKED: &str = "masked";

/// What one way to read a value comes to.
#[derive(Debug, Clone, Copy)]
enum Reading {
    Valid,
    /// By this keyword.
    Invalid(&'static str),
    /// Refused, whatever another way comes to; that is noted already.
    Settled,
}

struct Stage<'a> {
    view: &'a RequestView<'a>,
    operation: &'a Operation,
    judge: Judge<'a>,
    workspace: &'a mut Workspace,
    /// The first parameter that names somebody else's object.
    foreign: Option<(Reason, usize)>,
    /// A violation that no mode passes over.
    firm: bool,
    /// A masked value came back.
    written_back: bool,
}

/// Judges every parameter. In `observe` violations are recorded, and then undeclared query parameters are forwarded;
/// but what carries an owner or reveals what is hidden, masked values that come back, and a query that cannot be read are
/// refused in every mode.
pub(crate) fn check(
    view: &RequestView<'_>,
    operation: &Operation,
    judge: Judge<'_>,
    held: Held,
    workspace: &mut Workspace,
    recorded: &mut Vec<Recorded>,
) -> Result<(), Box<Refusal>> {
    let observe = !held.to(RuleClass::Parameters);
    let mut stage = Stage { view, operation, judge, workspace, foreign: None, firm: false, written_back: false };
    stage.check_path();
    stage.check_query(observe);
    stage.check_headers();
    if operation.cookies {
        stage.check_cookies();
    }
    let (foreign, firm, written_back) = (stage.foreign, stage.firm, stage.written_back);
    if !workspace.violations.is_empty() {
        let mut violations = std::mem::take(&mut workspace.violations);
        if written_back {
            violations.retain(|violation| violation.keyword == MASKED);
            return Err(Refusal::by(Reason::MaskedValueWritten, workspace.rule).with_violations(violations));
        }
        if !observe || firm {
            return Err(Refusal::by(Reason::ParameterInvalid, workspace.rule).with_violations(violations));
        }
        recorded.push(Recorded { reason: Reason::ParameterInvalid, rule: workspace.rule, violations });
    }
    match foreign {
        None => Ok(()),
        Some((reason, index)) => Err(Refusal::by(reason, Rule::Parameter(operation.index, index))),
    }
}

/// Judges what stands in the target, as in `enforce`, for a caller whose objects they all are.
pub(crate) fn check_target(
    view: &RequestView<'_>,
    operation: &Operation,
    judge: Judge<'_>,
    workspace: &mut Workspace,
) -> Result<(), Box<Refusal>> {
    let mut stage = Stage { view, operation, judge, workspace, foreign: None, firm: false, written_back: false };
    stage.check_path();
    stage.check_query(false);
    if workspace.violations.is_empty() {
        return Ok(());
    }
    let violations = std::mem::take(&mut workspace.violations);
    Err(Refusal::by(Reason::ParameterInvalid, workspace.rule).with_violations(violations))
}

fn place_of(parameter: &Parameter) -> Where {
    let name = parameter.name.clone();
    match parameter.place {
        Place::Path => Where::Path(name),
        Place::Query => Where::Query(name),
        Place::Header => Where::Header(name),
        Place::Cookie => Where::Cookie(name),
    }
}

impl<'a> Stage<'a> {
    fn parameter(&self, index: usize) -> &'a Parameter {
        &self.operation.declared.parameters[index]
    }

    /// Somebody's id stands in it: what is wrong with it is never only recorded.
    fn is_owned(&self, index: usize) -> bool {
        self.operation.owned_parameters.get(index) == Some(&true)
    }

    /// Whether what is wrong with it is never only recorded: somebody's id stands in it, or it could tell this caller what
    /// is hidden from it.
    fn is_firm(&self, index: usize) -> bool {
        self.is_owned(index) || may_reveal(self.parameter(index), self.judge.unmask)
    }

    /// Whether a query name that nobody declared may be read as such a parameter, wherever that one stands, or as a field of
    /// the body with an owner; or as another method.
    fn shadows_firm(&self, name: &str) -> bool {
        let guarded = &self.operation.guarded;
        let mut revealing = guarded.revealing.iter().filter(|(index, _)| self.is_firm(*index));
        guarded.forbids(name) || revealing.any(|(_, shadows)| shadows.has_part(name))
    }

    fn note(&mut self, place: Where, keyword: &'static str, schema: Option<usize>, rule: Rule) {
        if self.workspace.violations.is_empty() {
            self.workspace.rule = rule;
        }
        if self.workspace.violations.len() < MAX_VIOLATIONS {
            self.workspace.violations.push(Violation { place, keyword, schema });
        }
    }

    fn violate(&mut self, index: usize, keyword: &'static str) {
        let parameter = self.parameter(index);
        self.firm |= self.is_firm(index);
        self.note(place_of(parameter), keyword, Some(parameter.schema), Rule::Parameter(self.operation.index, index));
    }

    /// Judges the JSON that was read for a parameter.
    fn judge_json(&mut self, index: usize) -> Reading {
        let parameter = self.parameter(index);
        if reveals(parameter, &self.workspace.json, self.judge.unmask) {
            self.violate(index, "reveals");
            return Reading::Settled;
        }
        let workspace = &mut *self.workspace;
        match self.judge.check(parameter.schema, &workspace.json, &mut workspace.scratch) {
            Verdict::Unchanged | Verdict::Rewritten => Reading::Valid,
            Verdict::Refused(Fault::Foreign) => {
                self.foreign.get_or_insert((owner::foreign(self.judge.token), index));
                Reading::Settled
            }
            Verdict::Refused(Fault::WrittenBack) => {
                // It decides the verdict, so that it is told even where the list is full of other faults.
                workspace.violations.truncate(MAX_VIOLATIONS - 1);
                self.written_back = true;
                self.violate(index, MASKED);
                Reading::Settled
            }
            Verdict::Refused(Fault::Unreadable) => Reading::Invalid("syntax"),
            Verdict::Refused(Fault::Invalid | Fault::Shadow) => {
                Reading::Invalid(workspace.scratch.violations().first().map_or("schema", |violation| violation.keyword))
            }
        }
    }

    /// Judges what was read for a parameter, if it could be.
    fn judge_read(&mut self, index: usize, read: Result<(), Malformed>) -> Reading {
        match read {
            Ok(()) => self.judge_json(index),
            Err(Malformed) => Reading::Invalid("style"),
        }
    }

    /// Judges the one text of a parameter whose value may be a list or stand alone, as the latter: one of the two has to be
    /// valid, and neither may be what is refused in every mode. What could reveal something is read as a list alone, for
    /// so an API may read it that splits any text.
    fn judge_alone(&mut self, index: usize, listed: Reading, raw: &[u8], coding: Coding) -> Reading {
        let parameter = self.parameter(index);
        let is_settled = matches!(listed, Reading::Settled) || self.is_firm(index);
        let (Some(shape), false) = (&parameter.alone, is_settled) else { return listed };
        let written =
            Written { raw, name: &parameter.name, style: parameter.style, explode: parameter.explode, coding };
        self.workspace.json.clear();
        let read = append_value(shape, written, &mut self.workspace.json);
        match self.judge_read(index, read) {
            Reading::Invalid(_) => listed,
            other => other,
        }
    }

    fn note_reading(&mut self, index: usize, reading: Reading) {
        if let Reading::Invalid(keyword) = reading {
            self.violate(index, keyword);
        }
    }

    /// Judges a parameter that one piece of text holds.
    fn judge_text(&mut self, index: usize, raw: &[u8], coding: Coding) {
        let parameter = self.parameter(index);
        if parameter.allow_empty && raw.is_empty() && !self.is_firm(index) {
            return;
        }
        let workspace = &mut *self.workspace;
        workspace.json.clear();
        let read = if parameter.json {
            decode(raw, coding, &mut workspace.json)
        } else {
            let written =
                Written { raw, name: &parameter.name, style: parameter.style, explode: parameter.explode, coding };
            append_value(&parameter.shape, written, &mut workspace.json)
        };
        let reading = match self.judge_read(index, read) {
            Reading::Valid => self.judge_split_after_decoding(index, raw, coding),
            other => other,
        };
        let reading = self.judge_alone(index, reading, raw, coding);
        self.note_reading(index, reading);
        if parameter.owner.is_some() {
            self.judge_owner(index, raw, coding);
        }
    }

    /// A delimiter that is written as `%2C` belongs to an item here (RFC 6570 §3.2.1), and stands between two for servers
    /// that decode first: what is valid has to be so either way.
    fn judge_split_after_decoding(&mut self, index: usize, raw: &[u8], coding: Coding) -> Reading {
        let parameter = self.parameter(index);
        let written =
            Written { raw, name: &parameter.name, style: parameter.style, explode: parameter.explode, coding };
        if parameter.json {
            return Reading::Valid;
        }
        let Some(text) = split_after_decoding(&parameter.shape, written) else { return Reading::Valid };
        self.workspace.json.clear();
        let read = append_value(&parameter.shape, Written { raw: &text, ..written }, &mut self.workspace.json);
        self.judge_read(index, read)
    }

    fn judge_owner(&mut self, index: usize, raw: &[u8], coding: Coding) {
        let parameter = self.parameter(index);
        let text = &mut self.workspace.text;
        text.clear();
        // Text that cannot be decoded is nobody's id.
        let decoded = decode(raw, coding, text).ok().and_then(|()| std::str::from_utf8(text).ok());
        let verdict = match decoded {
            Some(text) => owner::check(parameter, text, self.judge.token),
            None => Err(Reason::ForeignObject),
        };
        if let Err(reason) = verdict {
            self.foreign.get_or_insert((reason, index));
        }
    }

    fn check_path(&mut self) {
        let below = self.view.target.path().get(self.judge.policy.api.base_path.len()..).unwrap_or_default();
        for (capture, &index) in self.operation.captures.iter().enumerate() {
            let Some(&(start, end)) = self.workspace.captures.get(capture) else {
                self.violate(index, "required");
                continue;
            };
            let plain = self.workspace.path.len() == below.len();
            let place = |at: u32| if plain { at as usize } else { encoded_offset(below, at as usize) };
            let (start, end) = (place(start), place(end));
            self.judge_text(index, below.get(start..end).unwrap_or_default(), Coding::Percent);
        }
    }

    fn check_query(&mut self, observe: bool) {
        let Some(raw) = self.view.target.query() else {
            for &(index, _) in &self.operation.query.parameters {
                if self.parameter(index).required {
                    self.violate(index, "required");
                }
            }
            return;
        };
        if self.workspace.pairs.fault.is_some() {
            self.firm = true;
            self.note(Where::Query(String::new()), "syntax", None, Rule::Operation(self.operation.index));
            return;
        }
        let mut ignored = 0;
        for number in 0..self.workspace.pairs.list.len() {
            let pair = &self.workspace.pairs.list[number];
            if pair.own {
                continue;
            }
            let name = self.workspace.pairs.name(pair);
            let found = self.operation.query.find_named(name);
            let is_shadow = found.is_none() && self.shadows_firm(name);
            let found = found.or_else(|| self.operation.query.rest.filter(|_| !is_shadow));
            if found.is_none() {
                if ignored < MOST_IGNORED && is_ignored(&self.operation.declared.ignore, name) {
                    self.workspace.pairs.list[number].ignored = true;
                    ignored += 1;
                    continue;
                }
                self.firm |= is_shadow;
                let place = Where::Query(name.chars().take(ECHOED).collect());
                self.note(place, "undeclared", None, Rule::Operation(self.operation.index));
            }
            self.workspace.pairs.list[number].parameter = found;
        }
        for &(index, spread) in &self.operation.query.parameters {
            self.check_query_parameter(index, spread, raw);
        }
        let Workspace { pairs, query, .. } = &mut *self.workspace;
        for pair in &pairs.list {
            if pair.ignored || (pair.parameter.is_none() && !pair.own && !observe) {
                continue;
            }
            if !query.is_empty() {
                query.push(b'&');
            }
            append_canonical(&raw[pair.raw_name.clone()], query);
            // A declared name alone was judged as an empty value, which some servers take for no value.
            if pair.raw_value.start > pair.raw_name.end || pair.parameter.is_some() {
                query.push(b'=');
                append_canonical(&raw[pair.raw_value.clone()], query);
            }
        }
    }

    fn check_query_parameter(&mut self, index: usize, spread: Spread, raw: &[u8]) {
        let parameter = self.parameter(index);
        let pairs = &self.workspace.pairs;
        let mut mine = pairs.list.iter().filter(|pair| pair.parameter == Some(index));
        let Some(first) = mine.next() else {
            if parameter.required {
                self.violate(index, "required");
            }
            return;
        };
        let several = mine.next().is_some();
        if spread == Spread::Single {
            let value = first.raw_value.clone();
            if several {
                self.violate(index, "repeated");
            }
            self.judge_text(index, &raw[value], Coding::Query);
            return;
        }
        let alone = (!several).then(|| first.raw_value.clone());
        let Workspace { pairs, json, .. } = &mut *self.workspace;
        json.clear();
        let mine = pairs.list.iter().filter(|pair| pair.parameter == Some(index));
        let read = match (&parameter.shape, spread) {
            (Shape::Array(types), Spread::Items) => {
                json.push(b'[');
                for pair in mine {
                    if json.len() > 1 {
                        json.push(b',');
                    }
                    append_scalar(types, pairs.value(pair), json);
                }
                json.push(b']');
                Ok(())
            }
            (Shape::Object { properties, additional }, Spread::Properties | Spread::Deep) => {
                let entry = |pair| {
                    let (name, value) = (pairs.name(pair), pairs.value(pair));
                    match spread {
                        Spread::Deep => bracket(Entry { name: "", rest: name.get(parameter.name.len()..)?, value }),
                        _ => Some(Entry { name, rest: "", value }),
                    }
                };
                match mine.map(entry).collect::<Option<Vec<_>>>() {
                    Some(entries) => append_entries(properties, additional.as_deref(), &entries, json),
                    None => Err(Malformed),
                }
            }
            _ => Err(Malformed),
        };
        let mut reading = self.judge_read(index, read);
        if let Some(value) = alone {
            reading = self.judge_alone(index, reading, &raw[value], Coding::Query);
        }
        self.note_reading(index, reading);
    }

    fn check_headers(&mut self) {
        for (name, index) in &self.operation.headers {
            match name.find(self.view) {
                Found::One(value) => self.judge_text(*index, value, Coding::Plain),
                Found::Several => self.violate(*index, "repeated"),
                Found::Nothing if self.parameter(*index).required => self.violate(*index, "required"),
                Found::Nothing => {}
            }
        }
    }

    fn check_cookies(&mut self) {
        let headers = &self.view.head.headers;
        let line = headers.find(KnownHeader::Cookie).map_or(&[][..], |span| span.of(self.view.bytes));
        let twice = headers.repeats(KnownHeader::Cookie);
        for (index, parameter) in self.operation.declared.parameters.iter().enumerate() {
            if parameter.place != Place::Cookie {
                continue;
            }
            let mut values =
                cookies::cookies(line).filter(|(name, _)| *name == parameter.name.as_bytes()).map(|(_, value)| value);
            match (values.next(), values.next()) {
                (Some(value), None) if !twice => {
                    let forwarded = &mut self.workspace.cookies;
                    cookies::append(&parameter.name, forwarded, |line| append_plain(value, line));
                    self.judge_text(index, value, Coding::Percent);
                }
                (None, _) if !twice && !parameter.required => {}
                (None, _) if !twice => self.violate(index, "required"),
                _ => self.violate(index, "repeated"),
            }
        }
    }
}

/// Where the byte that decodes to offset `decoded` begins.
pub(crate) fn encoded_offset(path: &[u8], decoded: usize) -> usize {
    let mut at = 0;
    for _ in 0..decoded {
        at += if path.get(at) == Some(&b'%') { 3 } else { 1 };
    }
    at
}
