//! Waiting until a unit that ran does not run any more, by the signals of systemd.
//! Not here: what follows.

use super::{UNIT, Unit, proxy};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use zbus::OwnedObjectPath;
use zbus::export::futures_core::Stream;
use zbus::proxy::SignalStream;

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const SERVICE: &str = "org.freedesktop.systemd1.Service";
/// A lost signal is made up for within this time.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// systemd itself may be restarted, and its bus with it.
const REOPEN: Duration = Duration::from_secs(1);
/// How long a unit may be on its way without anybody having asked for it (a restart by systemd, say).
const ON_ITS_WAY: Duration = Duration::from_secs(60);

impl Unit {
    /// Gives a sentence when it has ended and nobody is starting it again. A unit that runs once and is done never does.
    pub async fn ended(&self) -> String {
        loop {
            if let Ok(why) = self.watch().await {
                return why;
            }
            tokio::time::sleep(REOPEN).await;
        }
    }

    async fn watch(&self) -> zbus::Result<String> {
        let manager = self.bus.manager().await?;
        let path: OwnedObjectPath = manager.call("LoadUnit", &self.name.as_str()).await?;
        let connection = manager.connection();
        let service = proxy(connection, path.as_str(), SERVICE).await?;
        let once = service.get_property::<String>("Type").await.is_ok_and(|kind| kind == "oneshot");
        let mut changes =
            proxy(connection, path.as_str(), PROPERTIES).await?.receive_signal("PropertiesChanged").await?;
        let unit = proxy(connection, path.as_str(), UNIT).await?;
        let (mut ran, mut away_since) = (false, None);
        loop {
            let state: String = unit.get_property("ActiveState").await?;
            let (job, _): (u32, OwnedObjectPath) = unit.get_property("Job").await?;
            match state.as_str() {
                "active" | "reloading" | "refreshing" => (ran, away_since) = (true, None),
                "inactive" | "failed" if job == 0 && (ran || !once) => {
                    let result: String = service.get_property("Result").await.unwrap_or_default();
                    return Ok(match (state.as_str(), result.as_str()) {
                        ("inactive", "success" | "") => format!("{} was stopped, and not by this program", self.name),
                        _ => format!("{0} has ended: {result} (see: systemctl status {0})", self.name),
                    });
                }
                _ => {
                    let since = *away_since.get_or_insert_with(tokio::time::Instant::now);
                    if ran && since.elapsed() > ON_ITS_WAY {
                        return Ok(format!("{} has been {state} for {} s", self.name, ON_ITS_WAY.as_secs()));
                    }
                }
            }
            // Which property has changed does not matter: all that count are asked for.
            if let Ok(signal) = tokio::time::timeout(LOOK_AGAIN, next_any(&mut changes)).await {
                signal?;
            }
        }
    }
}

async fn next_any(changes: &mut SignalStream<'_>) -> zbus::Result<()> {
    let gone = || zbus::Error::Failure("the connection to D-Bus was lost".to_owned());
    poll_fn(|cx| Pin::new(&mut *changes).poll_next(cx)).await.ok_or_else(gone).map(drop)
}
