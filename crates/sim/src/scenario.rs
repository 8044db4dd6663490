//! Scenarios: a directory with files of a cluster, a story that is played on it, and what must come of it.
//! Not here: the words of a story (scenario/story.rs), of what came of it (scenario/telling.rs), the comparison (tests/).

mod story;
pub(crate) mod telling;

use crate::chronicle::Chronicle;
use crate::oracle::Violation;
use crate::plan::Plan;
use crate::run::live;
use crate::script::Script;
use crate::world::World;
use std::fs;
use std::io;
use std::path::Path;
use thiserror::Error;

pub use story::{Already, Line, Story};

/// A scenario that was read.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub plan: Plan,
    pub story: Story,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Played {
    /// In the words of `expected.txt`.
    pub told: String,
    pub violation: Option<Violation>,
    pub chronicle: Chronicle,
    /// How long it took, in nanoseconds of the world.
    pub end: u64,
}

/// Why there is no scenario in a directory.
#[derive(Debug, Error)]
pub enum Unplayable {
    #[error("{file} cannot be read: {why}")]
    Unreadable { file: String, why: io::Error },
    #[error("the files of {node} make no cluster:\n{why}")]
    Refused { node: String, why: crate::plan::Refused },
    #[error("the files of {node} name other nodes, groups or media than those of the first node")]
    Unlike { node: String },
    #[error("story.txt: {0}")]
    Misread(#[from] crate::script::Misread),
}

impl Scenario {
    /// Reads `ha.cf`, `haresources` and `story.txt`. A node whose files differ has its own: `ha.cf.NODE`, `haresources.NODE`.
    ///
    /// # Errors
    /// What is missing or not understood.
    pub fn read(dir: &Path) -> Result<Scenario, Unplayable> {
        let (ha_cf, haresources) = (text(dir, "ha.cf")?, text(dir, "haresources")?);
        let mut plan = Plan::from_files(&ha_cf, &haresources).map_err(|why| refused("all", why))?;
        for index in 0..plan.count() {
            let name = plan.name(index).to_string();
            let own = |file: &str| {
                let own = format!("{file}.{name}");
                dir.join(&own).exists().then(|| text(dir, &own)).transpose()
            };
            let (own_ha_cf, own_haresources) = (own("ha.cf")?, own("haresources")?);
            if own_ha_cf.is_none() && own_haresources.is_none() {
                continue;
            }
            let ha_cf = own_ha_cf.as_ref().unwrap_or(&ha_cf);
            let haresources = own_haresources.as_ref().unwrap_or(&haresources);
            let other = Plan::from_files(ha_cf, haresources).map_err(|why| refused(&name, why))?;
            adopt(&mut plan, index, &other).ok_or(Unplayable::Unlike { node: name })?;
        }
        let story = Story::read(&text(dir, "story.txt")?, &mut plan)?;
        Ok(Scenario { plan, story })
    }

    /// Plays it. Agents take their usual time, and nothing is started again that the story does not start.
    pub fn play(&self) -> Played {
        let mut world = World::new(self.plan.clone(), self.story.dice, false);
        world.random.steady();
        world.restarts = false;
        world.chronicle = Some(Chronicle::default());
        for old in &self.story.old {
            world.nodes[*old].old = true;
        }
        for already in &self.story.already {
            already.put(&mut world);
        }
        let acts = self.story.acts.clone();
        let script = Script { dice: self.story.dice, plan: self.plan.clone(), acts, ending: self.story.ending };
        let violation = live(&mut world, &script).err();
        let chronicle = world.chronicle.take().unwrap_or_default();
        let told = telling::tell(self, &chronicle, world.now, violation.as_ref());
        Played { told, violation, chronicle, end: world.now }
    }
}

fn refused(node: &str, why: crate::plan::Refused) -> Unplayable {
    Unplayable::Refused { node: node.to_owned(), why }
}

fn text(dir: &Path, file: &str) -> Result<String, Unplayable> {
    let unreadable = |why| Unplayable::Unreadable { file: file.to_owned(), why };
    fs::read_to_string(dir.join(file)).map_err(unreadable)
}

/// Gives one node what other files say; the world has one list of nodes, groups and media for all.
fn adopt(plan: &mut Plan, index: usize, other: &Plan) -> Option<()> {
    let settings = other.settings.get(index)?.clone();
    let ours = plan.settings.get_mut(index)?;
    let ids = |s: &systole_core::Settings| s.groups.iter().map(|g| g.id).collect::<Vec<_>>();
    if settings.nodes != ours.nodes || ids(&settings) != ids(ours) || settings.links != ours.links {
        return None;
    }
    *ours = settings;
    Some(())
}

#[cfg(test)]
mod tests;
