//! A request that was let in: what to do with its body, what to forward, and the judgement of the answer by the same
//! rules. Holds on to the contract that admitted it, whatever is swapped in meanwhile.

use std::sync::Arc;
use std::time::Duration;

use firstclass_body::{Direction, WriteBack};
use firstclass_bundle::{Reason, RuleClass, StatusPattern};
use firstclass_framing::canonical::HeadWriter;
use firstclass_framing::{BodyLength, FramingError, KnownHeader, ResponseHead};

use crate::answer_body::{self, AnswerBody};
use crate::answer_head::{self, AnswerPlan, Hold};
use crate::facts::Facts;
use crate::forward;
use crate::judge::Judge;
use crate::left_out::{self, LeftOut};
use crate::limits::Charged;
use crate::method_watch::MethodWatch;
use crate::modes::Held;
use crate::policy::{Operation, Policy};
use crate::quotas::Wanted;
use crate::refusal::{Recorded, Refusal, Rule};
use crate::request::{Fate, RequestView, Workspace};
use crate::request_body::{self, BodyPlan, Content, ForwardedBody};
use crate::sessions::SessionDigest;
use crate::sign_in::{self, SignIn};
use crate::unjudged_body;
use crate::upstream::Upstream;
use crate::world::PublicOrigin;

/// An admitted request.
#[derive(Debug)]
pub struct Admission {
    /// For the event.
    pub facts: Facts,
    /// What would have been refused, had mode and settings not said otherwise; the answer's faults included.
    pub recorded: Vec<Recorded>,
    /// What was left out of the request and of the answer, where that is told.
    pub left_out: Vec<LeftOut>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) operation: usize,
    pub(crate) held: Held,
    /// When the call began, by the monotonic clock.
    pub(crate) began_ns: u64,
    pub(crate) unmask: u64,
    pub(crate) to_head: bool,
    /// The answer is a successful one to a sign-in.
    pub(crate) learns: bool,
    pub(crate) sign_in: Option<Box<SignIn>>,
    pub(crate) plan: BodyPlan,
    pub(crate) content: Content,
    pub(crate) mask_key: Arc<[u8]>,
    pub(crate) public_url: Arc<str>,
    pub(crate) told_public: Option<Arc<PublicOrigin>>,
    pub(crate) charged: Charged,
}

impl Admission {
    /// Quotas of which more is to be leased, so that calls after this one need not wait.
    pub fn take_leases_ahead(&mut self) -> Vec<Wanted> {
        std::mem::take(&mut self.charged.ahead)
    }

    /// What to do with the body that follows the head.
    #[must_use]
    pub fn body_plan(&self) -> BodyPlan {
        self.plan
    }

    /// What has to see the body go by that is streamed; nothing may follow what it finds.
    #[must_use]
    pub fn method_watch(&self) -> Option<MethodWatch> {
        match (self.plan, self.content) {
            (BodyPlan::Stream { .. }, Content::Unjudged(kind)) => Some(MethodWatch::new(kind)),
            _ => None,
        }
    }

    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &Operation {
        &self.policy.operations[self.operation]
    }

    /// The contract that admitted it.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Where it goes.
    #[must_use]
    pub fn upstream(&self) -> &Upstream {
        &self.policy.upstream
    }

    /// From the forwarded request's last byte to the answer's last byte.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.operation().declared.timeout_milliseconds)
    }

    /// The request was a HEAD: the answer has no body.
    #[must_use]
    pub fn to_head(&self) -> bool {
        self.to_head
    }

    /// A refusal later on, with what is known about the call: `body_too_large`, `upstream_timeout` and the like.
    #[must_use]
    pub fn refuse(&self, reason: Reason) -> Box<Refusal> {
        let rule = match reason {
            Reason::BodyTooLarge => Rule::Body(self.operation),
            _ => Rule::Operation(self.operation),
        };
        self.with_facts(Refusal::by(reason, rule))
    }

    fn with_facts(&self, refusal: Box<Refusal>) -> Box<Refusal> {
        refusal.with_facts(self.facts.clone(), &self.public_url)
    }

    /// Judges a body that was held. What is forwarded afterwards is what this says, exactly.
    ///
    /// # Errors
    /// The refusal; nothing may be forwarded.
    pub fn judge_body(&mut self, bytes: &[u8], workspace: &mut Workspace) -> Result<ForwardedBody, Box<Refusal>> {
        let policy = self.policy.clone();
        let operation = &policy.operations[self.operation];
        let token = self.facts.token.as_deref();
        let judge = Judge::of_parameters(&policy, operation, token, self.unmask, &self.mask_key);
        let verdict = match self.content {
            Content::Nothing => return Ok(ForwardedBody::Unchanged),
            Content::Declared(media) => {
                let judge = judge.of_body(operation, media, self.held);
                request_body::check(bytes, judge, operation, media, workspace, &mut self.recorded)
            }
            Content::Unjudged(kind) => {
                let Workspace { scratch, boundary, .. } = workspace;
                let checked = unjudged_body::check(bytes, kind, boundary, operation, judge, scratch);
                checked.map(|()| ForwardedBody::Unchanged)
            }
        };
        verdict.map_err(|refusal| self.with_facts(refusal))
    }

    /// Appends the head of the request to the origin. `body` delimits what is forwarded behind it.
    ///
    /// # Errors
    /// [`FramingError::Unwritable`] if a value would break the head; nothing may be forwarded then.
    pub fn write_forward_head(
        &self,
        out: &mut Vec<u8>,
        view: &RequestView<'_>,
        body: BodyLength,
        workspace: &mut Workspace,
    ) -> Result<(), FramingError> {
        let public = self.told_public.as_deref();
        forward::write_head(out, view, &self.policy, self.operation(), &self.facts, public, body, workspace)
    }

    pub(crate) fn answer_judge<'a>(&'a self, policy: &'a Policy) -> Judge<'a> {
        Judge {
            policy,
            token: self.facts.token.as_deref(),
            direction: Direction::Response,
            strict: self.is_strict(),
            unmask: self.unmask,
            mask_key: &self.mask_key,
            relaxed: false,
            write_back: WriteBack::Unguarded,
            reserved: None,
            tell_left_out: !self.held.to(RuleClass::Conformance),
        }
    }

    /// Judges the head of the origin's answer.
    pub fn judge_answer_head(&mut self, head: &ResponseHead, bytes: &[u8], workspace: &mut Workspace) -> AnswerPlan {
        let mut recorded = std::mem::take(&mut self.recorded);
        let answer = answer_head::Answer {
            head,
            bytes,
            operation: self.operation(),
            judge: self.answer_judge(&self.policy),
            to_head: self.to_head,
            observed: !self.held.to(RuleClass::Conformance),
        };
        let mut plan = answer_head::check(&answer, workspace, &mut recorded);
        if answer.judge.strict {
            self.note_head(&mut plan, &answer, workspace);
        }
        let mut told = Vec::new();
        if answer.observed && !matches!(plan, AnswerPlan::Replace(_)) {
            left_out::of_answer_head(&answer, &plan, &workspace.fates, &mut told);
        }
        self.left_out.append(&mut told);
        self.recorded = recorded;
        self.learns = (200..300).contains(&head.status) && self.operation().declared.login.is_some();
        match plan {
            AnswerPlan::Replace(refusal) => AnswerPlan::Replace(self.with_facts(refusal)),
            plan => plan,
        }
    }

    /// Judges the body of an answer that was held.
    ///
    /// # Errors
    /// The refusal that is answered instead; no byte of the body may leave.
    pub fn judge_answer_body(
        &mut self,
        hold: &Hold,
        bytes: &[u8],
        workspace: &mut Workspace,
    ) -> Result<AnswerBody, Box<Refusal>> {
        let (mut recorded, mut told) = (std::mem::take(&mut self.recorded), std::mem::take(&mut self.left_out));
        let judge = self.answer_judge(&self.policy);
        let scratch = &mut workspace.scratch;
        let mut verdict = answer_body::check(hold, bytes, judge, self.operation(), scratch, &mut recorded, &mut told);
        if judge.strict {
            self.note_body(&mut verdict, hold, bytes, scratch);
        }
        (self.recorded, self.left_out) = (recorded, told);
        if verdict.is_ok() && self.learns {
            self.learn(hold, bytes, workspace);
        }
        verdict.map_err(|refusal| self.with_facts(refusal))
    }

    /// Reads what a sign-in's answer teaches off the answer as the origin sent it. One that only `default` declares is no
    /// declared success.
    fn learn(&mut self, hold: &Hold, bytes: &[u8], workspace: &Workspace) {
        let declared = &self.operation().declared;
        let is_success = !hold.undeclared && declared.responses[hold.response].status != StatusPattern::Default;
        let (Some(login), true) = (&declared.login, is_success) else { return };
        let api = &self.policy.api;
        self.sign_in = sign_in::read(login, &api.tenant, &api.name, bytes, &workspace.scratch).map(Box::new);
    }

    /// The session that the answer begins: to be kept before a byte of the answer leaves.
    pub fn take_sign_in(&mut self) -> Option<Box<SignIn>> {
        self.sign_in.take()
    }

    /// The session that this request ends: to be forgotten before the request is forwarded.
    #[must_use]
    pub fn ended_session(&self) -> Option<SessionDigest> {
        self.facts.session.filter(|_| self.operation().declared.logout)
    }

    /// Appends the head of the answer to the caller: `body` delimits what was decided to leave, and is not asked where
    /// nothing leaves. To be called after `judge_answer_head` with the same workspace.
    ///
    /// # Errors
    /// [`FramingError::Unwritable`] if a value would break the head; answer `response_invalid` instead.
    #[allow(clippy::too_many_arguments, reason = "each is another fact about one message")]
    pub fn write_answer_head(
        &self,
        out: &mut Vec<u8>,
        plan: &AnswerPlan,
        head: &ResponseHead,
        bytes: &[u8],
        body: BodyLength,
        request_id: &str,
        keep_alive: bool,
        workspace: &Workspace,
    ) -> Result<(), FramingError> {
        let empty = matches!(plan, AnswerPlan::Empty | AnswerPlan::Replace(_));
        let mut writer = HeadWriter::response(out, head.status);
        let limits = &workspace.limits;
        for (header, fate) in head.headers.iter().zip(&workspace.fates) {
            match *fate {
                // Of two that say what is left, the caller would not know whose is whose.
                _ if !limits.policy.is_empty() && is_limit_field(header.known) => {}
                Fate::Drop | Fate::Undeclared => {}
                Fate::Pass if header.known == KnownHeader::ContentType && empty && !self.to_head => {}
                Fate::Pass => {
                    writer.copy(header, bytes);
                }
                Fate::Rewritten(start, end) => {
                    let value = workspace.values.get(start as usize..end as usize).unwrap_or_default();
                    writer.field(header.name.of(bytes), value)?;
                }
            }
        }
        if !workspace.cache_control.is_empty() {
            writer.known(KnownHeader::CacheControl, workspace.cache_control.as_bytes())?;
        }
        writer.known(KnownHeader::XRequestId, request_id.as_bytes())?;
        if !limits.policy.is_empty() {
            writer.known(KnownHeader::RateLimit, limits.state.as_bytes())?;
            writer.known(KnownHeader::RateLimitPolicy, limits.policy.as_bytes())?;
        }
        if !keep_alive && body != BodyLength::UntilClose {
            writer.close();
        }
        let bodiless = self.to_head || matches!(head.status, 204 | 304);
        writer.end(match body {
            _ if bodiless => BodyLength::None,
            _ if empty => BodyLength::Length(0),
            body => body,
        });
        Ok(())
    }
}

fn is_limit_field(known: KnownHeader) -> bool {
    matches!(known, KnownHeader::RateLimit | KnownHeader::RateLimitPolicy)
}
