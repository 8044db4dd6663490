//! What of a group runs here; changes nothing but the memory of it.
//! Not here: acting on it.

use super::member::Member;
use super::runner::{Knowledge, Runner};
use crate::bridge::Level;
use crate::hands::agent::State;
use systole_core::Condition;

impl Runner {
    /// Asks every member. What cannot be found out counts as running, since it may.
    pub async fn look(&self) -> Condition {
        let (mut running, mut stopped, mut unknown) = (0, 0, 0);
        // What is warm runs on every node: it says nothing of who holds the group.
        for member in self.members.iter().filter(|member| !member.is_warm()) {
            match self.state(member).await {
                None | Some(State::Absent(_)) => {}
                Some(State::Running) => running += 1,
                Some(State::Stopped) => stopped += 1,
                Some(State::Unknown(why)) => {
                    self.note(Level::Warn, format!("{}: {why}", member.words()));
                    unknown += 1;
                }
            }
        }
        let condition = match (running, stopped, unknown) {
            (0, 0, 0) if self.memory().knowledge == Knowledge::Something => Condition::Running,
            (0, _, 0) => Condition::Stopped,
            (_, 0, 0) => Condition::Running,
            _ => Condition::Partial,
        };
        if condition == Condition::Running {
            self.shared.addresses.adopt(&self.specs());
            let announces = self.announces();
            self.memory().adopted = !announces;
        }
        // The kernel takes its addresses away by themselves: they are there by a right that somebody had just now.
        let lasting = self.shared.addresses.lasting_s(&self.specs()).filter(|_| condition == Condition::Running);
        let condition = lasting.map_or(condition, |for_s| Condition::Lasts { for_s });
        let nothing = condition == Condition::Stopped;
        self.memory().knowledge = if nothing { Knowledge::Nothing } else { Knowledge::Something };
        condition
    }

    /// `None` for what has no state.
    pub async fn state(&self, member: &Member) -> Option<State> {
        match member {
            Member::Mail(_) | Member::Broken { .. } => None,
            Member::Agent(agent) => Some(agent.status(&self.turn).await),
            // One address of several: not yet, or no longer, all of it; a start adds the rest, a stop removes it.
            Member::Addresses { specs, .. } => Some(match self.shared.addresses.present(specs) {
                Err(why) => State::Unknown(why),
                Ok(there) if there.iter().all(|there| *there) => State::Running,
                Ok(there) if there.iter().any(|there| *there) => State::Unknown("not all of them are there".to_owned()),
                Ok(_) => State::Stopped,
            }),
        }
    }
}
