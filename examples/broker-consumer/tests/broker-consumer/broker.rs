//! RabbitMQ as an ordinary process: ports, names and a folder of its own, and gone when this process is.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a message may stay in hand before the broker ends its channel; it looks a few times in this time.
pub const LONGEST_IN_HAND: Duration = Duration::from_secs(2);

/// Runs until its input ends, however this process does: then the server is ended, and what it has written is removed.
const KEEPER: &str = r#"
trap : TERM
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 -relaxed_command_check >"$HOME/epmd" 2>&1 </dev/null & names=$!
"$1" >"$HOME/out" 2>&1 </dev/null &
read _
kill -KILL "$names"
kill -TERM 0
wait
rm -rf "$2"
"#;

struct Broker {
    port: u16,
    /// Ends the server when it is closed, as by the end of this process.
    _input: ChildStdin,
}

/// The one broker of this process, for one test at a time: cleanups are drained for the whole process.
pub struct Turn {
    pub port: u16,
    _turn: MutexGuard<'static, ()>,
}

/// Waits for it; none where it is not installed.
pub fn turn() -> Option<Turn> {
    static TURN: Mutex<()> = Mutex::new(());
    static BROKER: OnceLock<Option<Broker>> = OnceLock::new();
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let start = || recipe_trial::server("rabbitmq-server", &FOLDERS).map(|_| start());
    let port = BROKER.get_or_init(start).as_ref()?.port;
    Some(Turn { port, _turn: turn })
}

/// The program itself stands here; the one in the path is a script of Debian's that changes the user.
const FOLDERS: [&str; 1] = ["/usr/lib/rabbitmq/bin"];

fn start() -> Broker {
    let folder = tempfile::Builder::new()
        .prefix("recipe-broker-")
        .tempdir()
        .expect("there is room for a folder")
        .keep();
    let [port, among_brokers, names] = free_ports();
    let mut keeper = Command::new("/bin/sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(Path::new(FOLDERS[0]).join("rabbitmq-server"))
        .arg(&folder)
        .env("HOME", &folder)
        .env("ERL_EPMD_PORT", names.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODENAME", "recipe@localhost")
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", port.to_string())
        .env("RABBITMQ_DIST_PORT", among_brokers.to_string())
        .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_CONFIG_FILE", folder.join("none"))
        .env("RABBITMQ_ADVANCED_CONFIG_FILE", folder.join("none"))
        .env("RABBITMQ_CONF_ENV_FILE", folder.join("none"))
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            format!(
                "-rabbit consumer_timeout {} -rabbit channel_tick_interval 300",
                LONGEST_IN_HAND.as_millis()
            ),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell starts");
    let input = keeper.stdin.take().expect("it is piped");
    wait_until_it_listens(port, &mut keeper, &folder);
    Broker {
        port,
        _input: input,
    }
}

fn free_ports() -> [u16; 3] {
    let bind = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    [0; 3]
        .map(bind)
        .map(|listener| listener.local_addr().expect("it is bound").port())
}

fn wait_until_it_listens(port: u16, keeper: &mut Child, folder: &Path) {
    let started = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let has_ended = keeper.try_wait().is_ok_and(|status| status.is_some());
        if has_ended || started.elapsed() > Duration::from_secs(120) {
            let said = fs::read_to_string(folder.join("out")).unwrap_or_default();
            panic!("the broker does not start: {said}");
        }
        sleep(Duration::from_millis(50));
    }
}
