import { expect } from "chai"
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import { writeFileSync } from "node:fs"
import type { Readable } from "node:stream"
import { Dealer, Pull, Push, Reply, Request, XPublisher } from "../../src/index.js"
import { ipv4, pcap } from "../support/capture.js"
import { closing } from "../support/closing.js"
import { concurrent } from "../support/concurrent.js"
import { SocketFolder } from "../support/endpoints.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const program = new URL("../../dist/node/cli.cjs", import.meta.url).pathname
const WILDCARD = "tcp://127.0.0.1:*"
/** Exceeds the capacity of a pipe plus the buffers at both ends. */
const LARGE = Buffer.alloc(4 * 1024 * 1024, "x")

/** Runs the command line in its own process without reading its output. */
class Unread {
  readonly #child: ChildProcess
  readonly #stdout: Readable
  readonly #stderr: Readable
  readonly #exited: Promise<unknown[]>

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] })
    this.#stdout = this.#child.stdout!
    this.#stderr = this.#child.stderr!
    this.#exited = once(this.#child, "exit")
  }

  /** The endpoint that it has bound for a wildcard address. */
  async endpoint(): Promise<string> {
    let text = ""
    for (;;) {
      const [chunk] = (await once(this.#stderr, "data")) as [Buffer]
      text += chunk.toString()
      const found = /^(?:bound to|listening on) (\S+)\n/m.exec(text)
      if (found !== null) return found[1]!
    }
  }

  /** Resolves when the process has started to write to stdout. The output stays unread. */
  async writes(): Promise<void> {
    if (this.#stdout.readableLength === 0) await once(this.#stdout, "readable")
  }

  /** Interrupts the process, and resolves with its exit code. */
  async interrupt(signal: "SIGINT" | "SIGTERM" = "SIGINT"): Promise<unknown> {
    process.kill(this.#child.pid!, signal)
    const [code] = await this.#exited
    return code
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL")
    await this.#exited
  }
}

describe("the command line, interrupted while no one reads its output", () => {
  // After an interruption, the command line waits up to one second for its output to be read.
  const test = concurrent(8)
  const open = closing(after)
  const start = (...args: string[]): Unread => open(new Unread(...args))

  const testUnless = (reason: string | undefined): typeof test =>
    reason === undefined
      ? test
      : (title) =>
          it(title, function () {
            skip(this, reason)
          })
  const unflushed = RUNTIME === "Bun" ? "Bun says that stdout is written, and does not end before it is" : undefined
  const unhandled = RUNTIME === "Deno" ? "Deno waits in the write, and handles no signal" : undefined
  /** Defines a test in which nobody reads the output. */
  const testUnread = testUnless(unflushed)
  /** Defines a test in which the pipe to stdout is full. */
  const testFull = testUnless(unflushed ?? unhandled)

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    testFull(`exits with code 0: pull, at ${signal}`, async () => {
      const cli = start("pull", "--bind", WILDCARD)
      const push = open(new Push({ linger: 0 }))
      push.connect(await cli.endpoint())
      await push.send(LARGE)
      await cli.writes()
      expect(await cli.interrupt(signal)).to.equal(0)
    })
  }

  testFull("exits with code 0: pull --binary", async () => {
    const cli = start("pull", "--binary", "--bind", WILDCARD)
    const push = open(new Push({ linger: 0 }))
    push.connect(await cli.endpoint())
    await push.send(LARGE)
    await cli.writes()
    expect(await cli.interrupt()).to.equal(0)
  })

  testFull("exits with code 0: sub", async () => {
    const publisher = open(new XPublisher({ linger: 0 }))
    await publisher.bind(WILDCARD)
    const cli = start("sub", "--connect", publisher.lastEndpoint!)
    await publisher.receive()
    await publisher.send(LARGE)
    await cli.writes()
    expect(await cli.interrupt()).to.equal(0)
  })

  testFull("exits with code 0: req", async () => {
    const reply = open(new Reply({ linger: 0 }))
    await reply.bind(WILDCARD)
    const cli = start("req", "--connect", reply.lastEndpoint!, "question")
    await reply.receive()
    await reply.send(LARGE)
    await cli.writes()
    expect(await cli.interrupt()).to.equal(0)
  })

  testFull("exits with code 0: rep", async () => {
    const cli = start("rep", "--bind", WILDCARD)
    const request = open(new Request({ linger: 0 }))
    request.connect(await cli.endpoint())
    await request.send(LARGE)
    await cli.writes()
    expect(await cli.interrupt()).to.equal(0)
  })

  testFull("exits with code 0: dealer", async () => {
    const cli = start("dealer", "--bind", WILDCARD, "--count", "2")
    const dealer = open(new Dealer({ linger: 0 }))
    dealer.connect(await cli.endpoint())
    await dealer.send(LARGE)
    await cli.writes()
    expect(await cli.interrupt()).to.equal(0)
  })

  testUnread("exits with code 0: monitor", async () => {
    let connections = 0
    const server = open(createServer((socket) => socket.destroy()).listen(0, "127.0.0.1"))
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    // Each attempt is reported in several lines of 4 KiB.
    const endpoint = `ws://127.0.0.1:${port}/${"x".repeat(4096)}`
    const cli = start("monitor", endpoint, "--set", "reconnectInterval=1")
    while (connections < 100) {
      await once(server, "connection")
      connections++
    }
    expect(await cli.interrupt()).to.equal(0)
  })

  testFull("exits with code 0: dump between two peers", async () => {
    const pull = open(new Pull())
    await pull.bind(WILDCARD)
    const cli = start("dump", "--listen", WILDCARD, "--target", pull.lastEndpoint!, "--bytes", String(LARGE.length))
    const push = open(new Push({ linger: 0 }))
    push.connect(await cli.endpoint())
    await push.send(LARGE)
    // The message is printed before it is forwarded.
    await pull.receive()
    expect(await cli.interrupt()).to.equal(0)
  })

  testFull("exits with code 0: dump of a capture", async () => {
    const folder = open(new SocketFolder())
    const file = folder.next()
    // ZMTP 1.0 frames, which `dump` recognizes without a handshake.
    const frame = Buffer.concat([Buffer.of(251, 0), Buffer.alloc(250, "x")])
    const packets = Array.from({ length: 20_000 }, (_, index) =>
      ipv4({ from: "client", sequence: index * frame.length, payload: frame }),
    )
    writeFileSync(file, pcap(101, packets))
    const cli = start("dump", "--file", file, "--bytes", "250")
    await cli.writes()
    expect(await cli.interrupt()).to.equal(0)
  })

  test("exits with code 0: a publisher that waits for subscriptions", async () => {
    const cli = start("pub", "--bind", WILDCARD, "--wait", "1", "x")
    await cli.endpoint()
    expect(await cli.interrupt()).to.equal(0)
  })

  for (const role of ["send", "receive", "ask", "answer"]) {
    test(`exits with code 0: perf ${role}, without a peer`, async () => {
      const cli = start("perf", role, "--bind", WILDCARD)
      await cli.endpoint()
      expect(await cli.interrupt()).to.equal(0)
    })
  }
}).timeout(30_000)
