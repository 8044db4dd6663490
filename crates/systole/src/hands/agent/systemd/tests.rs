//! With a real systemd in private namespaces; its bus is reached through /proc.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use throwaway::Throwaway;

#[allow(dead_code, reason = "what the test of the whole program needs")]
mod throwaway;

const UNITS: [(&str, &str); 5] = [
    ("plain.service", "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=/bin/sleep infinity\n"),
    (
        "slow.service",
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nNotifyAccess=all\n\
         ExecStart=/bin/sh -c 'sleep 0.3; touch /run/ready; systemd-notify --ready; exec sleep infinity'\n",
    ),
    ("bad.service", "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/false\n"),
    (
        "hung.service",
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nTimeoutStopSec=1\nExecStart=/bin/sleep infinity\n",
    ),
    ("crash.service", "[Unit]\nDefaultDependencies=no\n[Service]\nType=exec\nExecStart=/bin/sleep 0.2\n"),
];

/// Where the driver below is seen by units.
const DRIVER: &str = "/usr/local/bin/driver";

/// `ours` is ordered as our unit is. `managed` is as Debian's postgresql.service: empty, its servers are PartOf it.
/// The driver takes the place of a hands that stops what runs here because its own unit is being stopped.
const HANDING_OVER: [(&str, &str); 5] = [
    ("all.target", "[Unit]\nDefaultDependencies=no\nBefore=ours.service managed.service\n"),
    (
        "ours.service",
        "[Unit]\nDefaultDependencies=no\nPartOf=all.target\nAfter=managed.service\nRequires=managed.service\n\
         [Service]\nEnvironment=SYSTOLE_TEST_STOPS=managed\nExecStart=/bin/sleep infinity\nTimeoutStopSec=30\n\
         ExecStop=/usr/local/bin/driver --exact @\n",
    ),
    (
        "managed.service",
        "[Unit]\nDefaultDependencies=no\nPartOf=all.target\n\
         [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n",
    ),
    (
        "server.service",
        "[Unit]\nDefaultDependencies=no\nPartOf=managed.service\nBefore=managed.service\n\
         [Service]\nExecStart=/bin/sleep infinity\n",
    ),
    (
        "client.service",
        "[Unit]\nDefaultDependencies=no\nBindsTo=server.service\nAfter=server.service\n\
         [Service]\nExecStart=/bin/sleep infinity\n",
    ),
];

fn boot(units: &[(&str, &str)]) -> Throwaway {
    let units: Vec<_> = units.iter().map(|(name, text)| (format!("/etc/systemd/system/{name}"), *text)).collect();
    let units: Vec<_> = units.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    Throwaway::boot(&units, &[(DRIVER, &std::env::current_exe().unwrap())])
}

fn bus(systemd: &Throwaway) -> Bus {
    Bus::at(&format!("unix:path={}", systemd.path("/run/dbus/system_bus_socket").display()))
}

#[tokio::test]
async fn units_start_stop_and_fail_as_systemd_says() {
    let systemd = boot(&UNITS);
    let bus = bus(&systemd);
    let unit = |name: &str| Unit::new(name, bus.clone());
    let limits = Limits::default();
    let start = async |name: &str| unit(name).act(Action::Start, &limits).await.map(|_| ()).map_err(|f| f.0);
    let stop = async |name: &str| unit(name).act(Action::Stop, &limits).await.map(|_| ()).map_err(|f| f.0);
    let status = async |name: &str| unit(name).status(&limits).await;

    assert_eq!(status("plain").await, State::Stopped);
    assert_eq!(start("plain").await, Ok(()));
    assert_eq!(status("plain.service").await, State::Running);
    assert_eq!(start("plain").await, Ok(()), "idempotent");
    assert_eq!(stop("plain").await, Ok(()));
    assert_eq!(status("plain").await, State::Stopped);
    assert_eq!(stop("plain").await, Ok(()), "idempotent");

    assert_eq!(start("slow").await, Ok(()));
    assert!(systemd.path("/run/ready").exists(), "the start was done before the unit was ready");
    assert_eq!(stop("slow").await, Ok(()));

    let why = start("bad").await.unwrap_err();
    assert_eq!(why, "start of bad.service ended with \"failed\" (see: systemctl status bad.service)");
    assert_eq!(status("bad").await, State::Stopped);
    assert!(start("nosuch").await.unwrap_err().contains("nosuch.service not found"));
    assert_eq!((status("nosuch").await, stop("nosuch").await), (State::Stopped, Ok(())));

    let brief = Limits { start: Duration::from_millis(500), ..limits };
    let why = unit("hung").act(Action::Start, &brief).await.unwrap_err().0;
    assert_eq!(why, "start of hung.service failed: no result within 500ms");
    assert!(matches!(status("hung").await, State::Unknown(_)), "it is still on its way");
    assert_eq!(stop("hung").await, Ok(()));
    assert_eq!(status("hung").await, State::Stopped);

    assert_eq!(start("crash").await, Ok(()));
    let crash = unit("crash");
    let ends = async {
        while crash.status(&limits).await != State::Stopped {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ends).await.expect("its end was not seen");
}

#[tokio::test]
async fn a_machine_without_systemd_says_so() {
    let unit = Unit::new("plain", Bus::at("unix:path=/nonexistent/bus"));
    let failure = unit.act(Action::Start, &Limits::default()).await.unwrap_err();
    assert!(failure.0.starts_with("start of plain.service failed: systemd does not answer over D-Bus: "), "{failure}");
    assert!(matches!(unit.status(&Limits::default()).await, State::Unknown(_)));
}

#[tokio::test]
async fn what_runs_here_is_stopped_while_our_own_unit_is_being_stopped() {
    let limits = Limits { stop: Duration::from_secs(20), ..Limits::default() };
    if let Some(name) = std::env::var_os("SYSTOLE_TEST_STOPS") {
        let unit = Unit::new(name.to_str().unwrap(), Bus::at("unix:path=/run/dbus/system_bus_socket"));
        let ended = match unit.act(Action::Stop, &limits).await {
            Ok(_) => "stopped".to_owned(),
            Err(failure) => failure.0,
        };
        return std::fs::write("/run/ended", ended).unwrap();
    }
    let test = concat!(module_path!(), "::what_runs_here_is_stopped_while_our_own_unit_is_being_stopped");
    let (_, test) = test.split_once("::").unwrap();
    let units = HANDING_OVER.map(|(name, text)| (name, text.replace("@", test)));
    let systemd = boot(&units.each_ref().map(|(name, text)| (*name, text.as_str())));
    let bus = bus(&systemd);
    let unit = |name: &str| Unit::new(name, bus.clone());
    let ours = ["all.target", "managed", "server", "client", "ours"];
    // Alone, as `systemctl stop` of ours; with managed in one transaction, as at shutdown; of server only, as ever.
    for stopped in ["ours", "all.target", "server"] {
        for name in ours {
            unit(name).act(Action::Start, &limits).await.unwrap();
        }
        unit(stopped).act(Action::Stop, &Limits::default()).await.unwrap();
        if stopped != "server" {
            assert_eq!(std::fs::read_to_string(systemd.path("/run/ended")).unwrap(), "stopped", "with {stopped}");
            std::fs::remove_file(systemd.path("/run/ended")).unwrap();
            assert_eq!(unit("ours").status(&limits).await, State::Stopped);
            assert_eq!(unit("managed").status(&limits).await, State::Stopped);
        }
        for name in ["server", "client"] {
            assert_eq!(unit(name).status(&limits).await, State::Stopped, "{name} with {stopped}");
        }
    }
}

#[tokio::test]
async fn at_shutdown_a_process_outside_any_unit_waits_for_nobody_either() {
    let systemd = boot(&[
        ("shutdown.target", "[Unit]\nDefaultDependencies=no\n"),
        (
            "managed.service",
            "[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\n\
             [Service]\nType=exec\nExecStart=/bin/sleep infinity\n",
        ),
        (
            "ours.service",
            "[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\n\
             After=managed.service dbus.service dbus.socket\n\
             [Service]\nExecStart=/bin/sleep infinity\nExecStop=/bin/sleep infinity\nTimeoutStopSec=infinity\n",
        ),
    ]);
    let bus = bus(&systemd);
    let unit = |name: &str| Unit::new(name, bus.clone());
    let limits = Limits { stop: Duration::from_secs(20), ..Limits::default() };
    for name in ["managed", "ours"] {
        unit(name).act(Action::Start, &limits).await.unwrap();
    }
    assert!(systemd.run(&["systemctl", "start", "--no-block", "shutdown.target"]).status.success());
    unit("managed").act(Action::Stop, &limits).await.unwrap();
    assert_eq!(unit("managed").status(&limits).await, State::Stopped);
    assert!(matches!(unit("ours").status(&limits).await, State::Unknown(_)), "it is still on its way");
}

#[tokio::test]
async fn the_end_of_a_unit_is_seen_and_a_restart_by_hand_is_none() {
    let systemd = boot(&UNITS);
    let bus = bus(&systemd);
    let limits = Limits::default();
    let unit = Unit::new("plain", bus.clone());
    let watched = || {
        let unit = Unit::new("plain", bus.clone());
        tokio::spawn(async move { unit.ended().await })
    };
    for (words, wanted) in [
        (
            ["systemctl", "kill", "-sKILL", "plain"],
            "plain.service has ended: signal (see: systemctl status plain.service)",
        ),
        (["systemctl", "stop", "--", "plain"], "plain.service was stopped, and not by this program"),
    ] {
        unit.act(Action::Start, &limits).await.unwrap();
        let watch = watched();
        assert!(systemd.run(&["systemctl", "restart", "plain"]).status.success());
        assert_eq!(unit.status(&limits).await, State::Running);
        assert!(!watch.is_finished(), "a restart by hand is no failure");
        assert!(systemd.run(&words).status.success());
        let why = tokio::time::timeout(Duration::from_secs(20), watch).await.expect("its end was not seen").unwrap();
        assert_eq!(why, wanted);
    }
}

#[tokio::test]
async fn a_unit_that_hangs_is_seen_by_its_watchdog_and_one_that_systemd_starts_again_has_not_ended() {
    let unit_of = |rest: &str| format!("[Unit]\nDefaultDependencies=no\n[Service]\n{rest}");
    let hangs = unit_of(
        "Type=notify\nNotifyAccess=all\nWatchdogSec=1\n\
         ExecStart=/bin/sh -c 'systemd-notify --ready WATCHDOG=1; exec sleep infinity'\n",
    );
    let returns = unit_of("Type=exec\nRestart=always\nRestartSec=100ms\nExecStart=/bin/sleep infinity\n");
    let systemd = boot(&[("hangs.service", &hangs), ("returns.service", &returns)]);
    let bus = bus(&systemd);
    let limits = Limits::default();
    let unit = |name: &str| Unit::new(name, bus.clone());

    let returning = unit("returns");
    returning.act(Action::Start, &limits).await.unwrap();
    let first = main_pid(&systemd, "returns");
    let mut watch = tokio::spawn({
        let unit = unit("returns");
        async move { unit.ended().await }
    });

    let hanging = unit("hangs");
    hanging.act(Action::Start, &limits).await.unwrap();
    let why = tokio::time::timeout(Duration::from_secs(20), hanging.ended()).await.expect("its end was not seen");
    assert_eq!(why, "hangs.service has ended: watchdog (see: systemctl status hangs.service)");

    assert!(systemd.run(&["systemctl", "kill", "-sKILL", "returns"]).status.success());
    let returns = async {
        while [first.as_str(), "0"].contains(&main_pid(&systemd, "returns").as_str())
            || returning.status(&limits).await != State::Running
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), returns).await.expect("systemd did not start it again");
    let ended = tokio::time::timeout(Duration::from_secs(1), &mut watch).await;
    assert!(ended.is_err(), "it is systemd's to restart it: {ended:?}");
    watch.abort();
}

fn main_pid(systemd: &Throwaway, unit: &str) -> String {
    let shown = systemd.run(&["systemctl", "show", unit, "--value", "--property", "MainPID"]);
    String::from_utf8(shown.stdout).unwrap().trim().to_owned()
}
