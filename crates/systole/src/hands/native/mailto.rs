//! `MailTo::address[::subject]`: a notice when a group starts or stops here.
//! It runs beside everything else and can neither delay nor fail a group. Not here: when it is sent.

use crate::bridge::Level;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::SmtpTransport;
use lettre::{Address, Transport};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// A mail that is not handed over by then is given up.
const LIMIT: Duration = Duration::from_secs(30);
/// One step of the SMTP dialogue may take so long; the whole must fit into [`LIMIT`].
const STEP: Duration = Duration::from_secs(5);

/// The ways to hand over a mail on this machine.
#[derive(Debug, Clone)]
pub struct Mailer {
    /// Used when it exists.
    pub sendmail: PathBuf,
    /// Used otherwise: host and port of an SMTP server.
    pub smtp: (String, u16),
}

impl Default for Mailer {
    fn default() -> Self {
        Mailer { sendmail: "/usr/sbin/sendmail".into(), smtp: ("localhost".to_owned(), 25) }
    }
}

/// What happened to the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    Started,
    Stopped,
}

/// One `MailTo` of a group.
#[derive(Debug)]
pub struct MailTo {
    recipients: Vec<String>,
    subject: String,
    group: String,
    node: String,
    mailer: Mailer,
    /// A missing mailer is worth one warning, not one for each move.
    warned: Arc<AtomicBool>,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error("there is no mailer: neither {} nor an SMTP server on {}:{} (install one, or remove MailTo)", .0.sendmail.display(), .0.smtp.0, .0.smtp.1)]
    NoMailer(Mailer),
    #[error("{0}")]
    Refused(String),
    #[error("the mailer did not answer within {LIMIT:?}")]
    TooSlow,
}

impl MailTo {
    /// `arguments` are the recipients (divided by commas) and, if wanted, a subject.
    pub fn new(arguments: &[String], group: &str, node: &str, mailer: Mailer) -> MailTo {
        let recipients = arguments.first().map(String::as_str).unwrap_or("root");
        let recipients = recipients.split(',').map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned).collect();
        let subject = arguments.get(1).filter(|s| !s.is_empty()).cloned();
        MailTo {
            recipients,
            subject: subject.unwrap_or_else(|| format!("Resource group {group}")),
            group: group.to_owned(),
            node: node.to_owned(),
            mailer,
            warned: Arc::default(),
        }
    }

    /// Sends in the background; `tell` gets what went wrong.
    pub fn send(&self, occasion: Occasion, tell: impl Fn(Level, String) + Send + 'static) {
        let message = self.message(occasion);
        let (mailer, recipients) = (self.mailer.clone(), self.recipients.clone());
        let (warned, to) = (Arc::clone(&self.warned), self.recipients.join(","));
        tokio::spawn(async move {
            let result = match message {
                Ok(message) => tokio::time::timeout(LIMIT, hand_over(&mailer, message, recipients)).await,
                Err(error) => Ok(Err(error)),
            };
            match result.unwrap_or(Err(MailError::TooSlow)) {
                Ok(()) => warned.store(false, Ordering::Relaxed),
                Err(MailError::NoMailer(_)) if warned.swap(true, Ordering::Relaxed) => {}
                Err(error) => tell(Level::Warn, format!("MailTo::{to}: notice not sent: {error}")),
            }
        });
    }

    fn message(&self, occasion: Occasion) -> Result<Message, MailError> {
        let (words, body) = match occasion {
            Occasion::Started => ("started", "was started"),
            Occasion::Stopped => ("stopped", "was stopped, or is being moved to another node,"),
        };
        let from = address("root", &self.node).or_else(|_| address("root", "localhost"))?;
        let mut builder = Message::builder().from(Mailbox::new(Some(format!("Systole on {}", self.node)), from));
        for recipient in &self.recipients {
            builder = builder.to(Mailbox::new(None, recipient_address(recipient)?));
        }
        let subject = format!("{}: {words} on {}", self.subject, self.node);
        let body = format!("The resource group {} {body} on {}.\n", self.group, self.node);
        builder.subject(subject).body(body).map_err(|error| MailError::Refused(error.to_string()))
    }
}

fn address(user: &str, domain: &str) -> Result<Address, MailError> {
    Address::new(user, domain).map_err(|error| MailError::Refused(format!("{user}@{domain}: {error}")))
}

/// A bare name is a mailbox of this machine.
fn recipient_address(recipient: &str) -> Result<Address, MailError> {
    match recipient.rsplit_once('@') {
        Some((user, domain)) => address(user, domain),
        None => address(recipient, "localhost"),
    }
}

async fn hand_over(mailer: &Mailer, message: Message, recipients: Vec<String>) -> Result<(), MailError> {
    if mailer.sendmail.exists() { sendmail(mailer, &message, &recipients).await } else { smtp(mailer, message).await }
}

async fn sendmail(mailer: &Mailer, message: &Message, recipients: &[String]) -> Result<(), MailError> {
    let refused = |error: std::io::Error| MailError::Refused(format!("{}: {error}", mailer.sendmail.display()));
    let mut command = tokio::process::Command::new(&mailer.sendmail);
    command.args(["-i", "--"]).args(recipients).env_clear().env("PATH", crate::hands::agent::environment::PATH);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    let mut child = command.process_group(0).kill_on_drop(true).spawn().map_err(refused)?;
    if let Some(mut input) = child.stdin.take() {
        // A mailer that refuses without reading breaks the pipe; its exit code tells more than that error.
        let _ = input.write_all(&message.formatted()).await;
    }
    let status = child.wait().await.map_err(refused)?;
    let words = || crate::hands::agent::process::exit_words(status);
    if status.success() {
        return Ok(());
    }
    Err(MailError::Refused(format!("{} gave {}", mailer.sendmail.display(), words())))
}

/// In a thread of its own, since this dialogue blocks; each of its steps is bounded.
async fn smtp(mailer: &Mailer, message: Message) -> Result<(), MailError> {
    let (host, port) = mailer.smtp.clone();
    let (tell, told) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("mail".to_owned()).spawn(move || {
        let transport = SmtpTransport::builder_dangerous(&host).port(port).timeout(Some(STEP)).build();
        let _ = tell.send(transport.send(&message));
    });
    thread.map_err(|error| MailError::Refused(format!("no thread for it: {error}")))?;
    match told.await {
        Ok(Ok(response)) if response.is_positive() => Ok(()),
        Ok(Ok(response)) => Err(MailError::Refused(format!("SMTP answer {}", response.code()))),
        Ok(Err(error)) if is_absent(&error) => Err(MailError::NoMailer(mailer.clone())),
        Ok(Err(error)) => Err(MailError::Refused(error.to_string())),
        Err(_) => Err(MailError::Refused("its thread ended".to_owned())),
    }
}

fn is_absent(error: &lettre::transport::smtp::Error) -> bool {
    let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests;
