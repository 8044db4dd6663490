//! systemd units over D-Bus: queue a job, wait for its result; no systemctl is started.
//! Not here: watching units between jobs (watch.rs).

mod stop;
mod watch;

use super::{Action, Failure, Limits, Started, State};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use zbus::export::futures_core::Stream;
use zbus::proxy::{CacheProperties, SignalStream};
use zbus::{Connection, OwnedObjectPath, Proxy};

const SERVICE: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNIT: &str = "org.freedesktop.systemd1.Unit";

/// The system bus, connected when first needed and again after it was lost.
#[derive(Debug, Clone, Default)]
pub struct Bus {
    connection: Arc<Mutex<Option<Connection>>>,
    /// Another address than the system's own.
    address: Option<String>,
}

impl Bus {
    /// A bus at a D-Bus address.
    #[cfg(test)]
    fn at(address: &str) -> Bus {
        Bus { address: Some(address.to_owned()), ..Bus::default() }
    }

    async fn connect(&self) -> zbus::Result<Connection> {
        match &self.address {
            None => Connection::system().await,
            Some(address) => zbus::connection::Builder::address(address.as_str()).build().await,
        }
    }

    async fn manager(&self) -> zbus::Result<Proxy<'static>> {
        let mut connection = self.connection.lock().await;
        let live = match connection.as_ref().filter(|c| !c.is_closed()) {
            Some(live) => live.clone(),
            None => {
                let new = self.connect().await?;
                let manager = proxy(&new, "/org/freedesktop/systemd1", MANAGER).await?;
                // Without a subscriber systemd sends no signals at all.
                manager.call::<_, _, ()>("Subscribe", &()).await?;
                connection.insert(new).clone()
            }
        };
        proxy(&live, "/org/freedesktop/systemd1", MANAGER).await
    }
}

async fn proxy(connection: &Connection, path: &str, interface: &'static str) -> zbus::Result<Proxy<'static>> {
    let builder = zbus::proxy::Builder::new(connection).destination(SERVICE).path(path.to_owned());
    builder.interface(interface).cache_properties(CacheProperties::No).build().await
}

/// One unit.
#[derive(Debug)]
pub struct Unit {
    name: String,
    bus: Bus,
}

impl Unit {
    /// A name without a type is a service, as systemctl has it.
    pub fn new(name: &str, bus: Bus) -> Unit {
        let name = if name.contains('.') { name.to_owned() } else { format!("{name}.service") };
        Unit { name, bus }
    }

    /// `ActiveState`: active and reloading run; inactive and failed do not; the rest is on its way.
    pub async fn status(&self, limits: &Limits) -> State {
        match within(limits.monitor, self.property("ActiveState")).await {
            Ok(state) => match state.as_str() {
                "active" | "reloading" | "refreshing" => State::Running,
                "inactive" | "failed" => State::Stopped,
                other => State::Unknown(format!("{} is {other}", self.name)),
            },
            Err(why) => State::Unknown(why),
        }
    }

    async fn property(&self, name: &str) -> zbus::Result<String> {
        let manager = self.bus.manager().await?;
        let path: OwnedObjectPath = manager.call("LoadUnit", &self.name.as_str()).await?;
        proxy(manager.connection(), path.as_str(), UNIT).await?.get_property(name).await
    }

    /// Starts or stops it and waits for the result of the job.
    ///
    /// # Errors
    /// When systemd cannot be asked, the job's result is not `done`, or it takes too long.
    pub async fn act(&self, action: Action, limits: &Limits) -> Result<Started, Failure> {
        let word = action.word();
        let result = within(action.limit(limits), self.job(action)).await;
        match result.map_err(|why| Failure(format!("{word} of {} failed: {why}", self.name)))?.as_str() {
            "done" => Ok(Started::default()),
            other => Err(Failure(format!("{word} of {0} ended with {other:?} (see: systemctl status {0})", self.name))),
        }
    }

    async fn job(&self, action: Action) -> zbus::Result<String> {
        let manager = self.bus.manager().await?;
        match action {
            Action::Stop => stop::stop(&manager, &self.name).await,
            _ => job(&manager, "StartUnit", &self.name, "replace").await,
        }
    }
}

/// Queues a job and waits for its result.
async fn job(manager: &Proxy<'static>, method: &str, unit: &str, mode: &str) -> zbus::Result<String> {
    let mut removed = manager.receive_signal("JobRemoved").await?;
    let job: zbus::Result<OwnedObjectPath> = manager.call(method, &(unit, mode)).await;
    let job = match job {
        // What is not loaded does not run.
        Err(error) if method == "StopUnit" && is(&error, "NoSuchUnit") => return Ok("done".to_owned()),
        other => other?,
    };
    loop {
        let (_, path, _, result): (u32, OwnedObjectPath, String, String) = next(&mut removed).await?;
        if path == job {
            return Ok(result);
        }
    }
}

fn is(error: &zbus::Error, name: &str) -> bool {
    matches!(error, zbus::Error::MethodError(full, ..) if full.as_str().ends_with(name))
}

async fn next<T>(stream: &mut SignalStream<'_>) -> zbus::Result<T>
where
    T: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
{
    let gone = || zbus::Error::Failure("the connection to D-Bus was lost".to_owned());
    let message = poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await.ok_or_else(gone)?;
    message.body().deserialize()
}

async fn within<T>(limit: Duration, work: impl Future<Output = zbus::Result<T>>) -> Result<T, String> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result.map_err(|error| format!("systemd does not answer over D-Bus: {error}")),
        Err(_) => Err(format!("no result within {limit:?}")),
    }
}

#[cfg(test)]
mod tests;
