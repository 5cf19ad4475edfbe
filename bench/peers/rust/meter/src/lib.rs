//! Code that the Rust programs of the benchmark share: arguments, counters, and output, in the format of `zmq.mjs`.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;

/// The command line: role, endpoint, message size in bytes, number of peers, warm-up in ms, measurement in ms.
pub struct Arguments {
    pub role: String,
    /// The endpoint to bind or connect to.
    pub endpoint: String,
    pub size: usize,
    pub peers: usize,
    warm_up: Duration,
    measured: Duration,
}

impl Arguments {
    pub fn parse() -> Self {
        let values: Vec<String> = std::env::args().skip(1).collect();
        let number = |index: usize| values[index].parse::<u64>().expect("a whole number");
        Self {
            role: values[0].clone(),
            endpoint: values[1]
                .replace("127.0.0.1:*", "127.0.0.1:0")
                .replace("ipc://*", &format!("ipc:///tmp/zmtp-bench-{}", std::process::id())),
            size: number(2) as usize,
            peers: number(3) as usize,
            warm_up: Duration::from_millis(number(4)),
            measured: Duration::from_millis(number(5)),
        }
    }

    pub fn body(&self) -> Vec<u8> {
        vec![b'a'; self.size]
    }

    /// Counts messages per second.
    pub fn rate(&self) -> Meter {
        Meter::new(self, false)
    }

    /// Measures the time of each round trip, in µs.
    pub fn time(&self) -> Meter {
        Meter::new(self, true)
    }

    /// Every second of `peers` subscribers subscribes to the published topic. A single subscriber also does.
    pub fn topic(&self, index: usize) -> &'static str {
        if index < self.matching() { "a" } else { "b" }
    }

    pub fn deliveries(&self) -> Deliveries {
        Deliveries { missing: Cell::new(self.matching()), meter: RefCell::new(self.rate()) }
    }

    fn matching(&self) -> usize {
        (self.peers / 2).max(1)
    }
}

/// Runs a future on Tokio, with a thread per core; round trips are faster with one thread.
pub fn run<F: Future>(arguments: &Arguments, future: F) -> F::Output {
    let round_trips = matches!(arguments.role.as_str(), "rep" | "req");
    let mut builder = if round_trips { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build().expect("a runtime").block_on(future)
}

/// Prints the endpoint for the benchmark.
pub fn ready(endpoint: &str) {
    println!("{{\"endpoints\":\"{endpoint}\"}}");
}

/// Counts until the time is over, prints the figure, and then waits until the benchmark ends the process.
pub struct Meter {
    warm_up: Duration,
    measured: Duration,
    time: bool,
    /// Number of messages between two checks of the clock, whose cost would otherwise affect the figure.
    stride: u64,
    unseen: u64,
    counted: u64,
    start: Option<Instant>,
    warm: bool,
}

impl Meter {
    fn new(arguments: &Arguments, time: bool) -> Self {
        let &Arguments { size, warm_up, measured, .. } = arguments;
        let stride = if time || size > 4000 { 16 } else { 256 };
        Self { warm_up, measured, time, stride, unseen: 0, counted: 0, start: None, warm: false }
    }

    /// Call it once for each message.
    pub fn count(&mut self) {
        self.unseen += 1;
        if self.unseen == self.stride || self.start.is_none() {
            self.look();
        }
    }

    #[cold]
    fn look(&mut self) {
        let Some(start) = self.start else {
            self.start = Some(Instant::now());
            self.unseen = 0;
            return;
        };
        self.counted += self.unseen;
        self.unseen = 0;
        let elapsed = start.elapsed();
        if elapsed < if self.warm { self.measured } else { self.warm_up } {
            return;
        }
        let (seconds, counted) = (elapsed.as_secs_f64(), self.counted as f64);
        let figure = if self.time { seconds * 1e6 / counted } else { counted / seconds };
        println!("{{\"{}\":{figure:.6}}}", if self.warm { "value" } else { "cold" });
        if self.warm {
            loop {
                std::thread::park();
            }
        }
        self.warm = true;
        self.counted = 0;
        self.start = Some(Instant::now());
    }
}

/// Counts the messages of all subscribers, after each matching one has received its first.
pub struct Deliveries {
    missing: Cell<usize>,
    meter: RefCell<Meter>,
}

impl Deliveries {
    pub fn count(&self, first: bool) {
        if first {
            self.missing.set(self.missing.get() - 1);
        }
        if self.missing.get() == 0 {
            self.meter.borrow_mut().count();
        }
    }
}
