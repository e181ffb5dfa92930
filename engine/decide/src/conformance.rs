//! Conformance of answers as a class of rules: whether this call's answer is held to it, and whether what was refused
//! was refused for nothing else. Only that is counted towards a step back; confidentiality never steps back.

use firstclass_body::{Scratch, Verdict};
use firstclass_bundle::{Reason, RuleClass};

use crate::admission::Admission;
use crate::answer_head::{self, Answer, AnswerPlan, Hold};
use crate::refusal::Refusal;
use crate::request::Workspace;

impl Admission {
    /// Whether a fault of conformance refuses this call's answer.
    pub(crate) fn is_strict(&self) -> bool {
        let operation = self.operation();
        operation.declared.strict && self.held.to(RuleClass::Conformance) && !operation.step_back.is_back()
    }

    /// Counts a judged head that was held to conformance.
    pub(crate) fn note_head(&self, plan: &mut AnswerPlan, answer: &Answer<'_>, workspace: &mut Workspace) {
        match plan {
            AnswerPlan::Hold(_) => {}
            AnswerPlan::Empty | AnswerPlan::Stream { .. } => self.count(false),
            AnswerPlan::Replace(refusal) if refusal.reason == Reason::ResponseInvalid => {
                let judge = answer.judge.lenient();
                let lenient = Answer { judge, ..*answer };
                let again = answer_head::check(&lenient, workspace, &mut Vec::new());
                if !matches!(again, AnswerPlan::Replace(_)) {
                    self.count_refused(refusal);
                }
            }
            AnswerPlan::Replace(_) => {}
        }
    }

    /// Counts a judged body that was held to conformance.
    pub(crate) fn note_body<T>(
        &self,
        verdict: &mut Result<T, Box<Refusal>>,
        hold: &Hold,
        bytes: &[u8],
        scratch: &mut Scratch,
    ) {
        match verdict {
            Ok(_) => self.count(false),
            Err(refusal) if refusal.reason == Reason::ResponseInvalid => {
                let judge = self.answer_judge(&self.policy).lenient();
                if !matches!(judge.check(hold.schema, bytes, scratch), Verdict::Refused(_)) {
                    self.count_refused(refusal);
                }
            }
            Err(_) => {}
        }
    }

    fn count_refused(&self, refusal: &mut Refusal) {
        refusal.conformance = true;
        self.count(true);
    }

    fn count(&self, is_refused: bool) {
        self.operation().step_back.count(is_refused, self.began_ns);
    }
}
