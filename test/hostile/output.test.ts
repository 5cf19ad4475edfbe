import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, type Server } from "node:net"
import { json, Pull, Push, reply, Reply, Request, type Event } from "../../src/index.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { GREETING, RawListener, RawPeer, READY } from "../support/raw-peer.js"

/**
 * Sets the title of a terminal, clears the screen, starts a new line, and reverses text, with C0 and C1 control
 * characters.
 */
const ATTACK = "\x1b]0;owned\x07\x1b[2J\r\n2026-01-01T00:00:00.000Z  forged \x9b31m\u202e\u2028"

/** Characters that a terminal or a program that reads lines interprets, except for our own line breaks. */
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

/** Expects that `text` is a single line of limited length without control characters. */
function expectHarmless(text: string): void {
  expect(text).not.to.match(CONTROLS)
  expect(text).not.to.include("\n")
  expect(text.length).to.be.below(2100)
}

/** Checks the message of the error, and those of its causes. */
function expectAllHarmless(error: Error): void {
  for (let each: unknown = error; each instanceof Error; each = each.cause) expectHarmless(each.message)
}

/** A READY command with these properties. Values may have up to 64 KiB. */
function ready(...properties: [name: string, value: Uint8Array][]): Buffer {
  const parts = properties.flatMap(([name, value]) => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(value.length)
    const text = Buffer.from(name)
    return [Buffer.from([text.length]), text, size, value]
  })
  const body = Buffer.concat([Buffer.from("\x05READY"), ...parts])
  const header = Buffer.alloc(9)
  header[0] = 6
  header.writeUInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

function error(reason: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from("\x05ERROR"), Buffer.from([reason.length]), reason])
  const header = Buffer.alloc(9)
  header[0] = 6
  header.writeUInt32BE(body.length, 5)
  return Buffer.concat([header, body])
}

function frame(body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string)
  return Buffer.concat([Buffer.from([0, bytes.length]), bytes])
}

const LONG = Buffer.from(ATTACK.repeat(600)) // over 30,000 bytes
const GREETING_AS_ATTACK = Buffer.from(GREETING)
GREETING_AS_ATTACK.set(Buffer.from("\x1b[2J\n\x9b31m"), 12)

const SHORT = Buffer.from(ATTACK)

/** Data that a peer sends instead of a handshake, and the type of the event that reports it. */
const HANDSHAKES: readonly (readonly [what: string, said: Buffer, type: Event["type"]])[] = [
  ["a reason of ERROR", Buffer.concat([GREETING, error(SHORT)]), "handshake:error:auth"],
  ["a socket type", Buffer.concat([GREETING, ready(["Socket-Type", LONG])]), "handshake:error:protocol"],
  [
    "the name of a property",
    Buffer.concat([GREETING, ready(["Socket-Type", Buffer.from("PUSH")]).subarray(0, 9), cutShort()]),
    "handshake:error:protocol",
  ],
  ["a mechanism", GREETING_AS_ATTACK, "handshake:error:protocol"],
]

/** A READY with the size of a PUSH's, but with a property whose length exceeds it. */
function cutShort(): Buffer {
  const size = ready(["Socket-Type", Buffer.from("PUSH")]).length - 9
  const body = Buffer.alloc(size, 0xff)
  body.set(Buffer.from("\x05READY\x05\x1b[2J\n"))
  return body
}

describe("text that a peer has chosen", () => {
  const use = closing()

  describe("in errors of events", () => {
    for (const [what, said, type] of HANDSHAKES) {
      it(`is escaped and truncated: ${what}`, async () => {
        const pull = use(new Pull())
        await pull.bind("tcp://127.0.0.1:*")
        const told = new Promise<Error>((resolve) =>
          pull.events.on(type as "handshake:error:protocol", (event) => {
            resolve(event.error)
          }),
        )
        use(await RawPeer.connect(pull.lastEndpoint!)).write(said)
        expectAllHarmless(await told)
      })
    }

    it("is escaped: the origin of a web page", async () => {
      const pull = use(new Pull())
      await pull.bind("ws://127.0.0.1:*")
      const refused = new Promise<Error>((resolve) =>
        pull.events.on("accept:error", (event) => {
          resolve(event.error)
        }),
      )
      const socket = connect(Number(new URL(pull.lastEndpoint!).port), "127.0.0.1")
      use({ close: () => socket.destroy() })
      // HTTP permits C1 control characters.
      socket.write(
        Buffer.from(
          "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://\x9b31m.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
          "latin1",
        ),
      )
      expectAllHarmless(await refused)
    })
  })

  describe("in warnings", () => {
    /** The next process warning. */
    async function warned(): Promise<string> {
      const [warning] = (await once(process, "warning")) as [Error]
      return warning.message
    }

    it("is escaped: a message that is not JSON", async () => {
      const pull = use(new Pull())
      await pull.bind("tcp://127.0.0.1:*")
      const push = use(new Push())
      push.connect(pull.lastEndpoint!)
      const warning = warned()
      const values = pull.with(json())[Symbol.asyncIterator]()
      const next = values.next()
      await push.send(ATTACK)
      expectHarmless(await warning)
      await push.send("1")
      expect((await next).value).to.equal(1)
      await values.return!()
    })

    it("is escaped: an error of a request handler", async () => {
      const server = use(new Reply())
      await server.bind("tcp://127.0.0.1:*")
      void reply(server, ([question]) => JSON.parse(String(question)) as string)
      const client = use(new Request())
      client.connect(server.lastEndpoint!)
      const warning = warned()
      await client.send(ATTACK)
      expectHarmless(await warning)
      await client.receive()
    })
  })

  describe("on the command line", () => {
    const start = (...args: string[]): Cli => use(new Cli(...args))

    for (const [what, said] of HANDSHAKES) {
      it(`is escaped by monitor: ${what}`, async () => {
        for (const form of [[], ["--json"]]) {
          const listener = use(await new RawListener().listen())
          const monitor = start("monitor", listener.endpoint, "--type", "pull", "--count", "3", ...form)
          const peer = await listener.accept()
          peer.write(said)
          const { stdout } = await monitor.end()
          expect(stdout.split("\n")).to.have.length(4)
          for (const line of stdout.split("\n")) expectHarmless(line)
        }
      })
    }

    it("is escaped and truncated by dump: handshakes, commands, and frames", async () => {
      const server = createServer((socket) => {
        socket.on("error", () => undefined).end(Buffer.concat([GREETING, ready(["a", LONG], ["\x1b[2J\n", SHORT])]))
      })
      use(closable(server))
      server.listen(0, "127.0.0.1")
      await once(server, "listening")
      const { port } = server.address() as { port: number }
      const dump = start("dump", "--listen", "tcp://127.0.0.1:*", "--target", `tcp://127.0.0.1:${port}`)
      const listening = await dump.endpoint()
      for (const said of [
        ...HANDSHAKES.map(([, bytes]) => bytes),
        Buffer.concat([GREETING, READY.PUSH, frame("\x9b31m\u202e"), frame(SHORT)]),
      ]) {
        const peer = use(await RawPeer.connect(listening))
        peer.socket.end(said)
        await peer.closed()
      }
      await dump.says(/#5 - closed/, "stdout")
      for (const line of String(dump.output).split("\n")) expectHarmless(line)
    })

    for (const [command, ready, body] of [
      ["sub", READY.PUB, [ATTACK, ATTACK]],
      ["pull", READY.PUSH, [ATTACK, ATTACK]],
    ] as const) {
      it(`is escaped by ${command}, one line for each message, unless raw bytes are requested`, async () => {
        const listener = use(await new RawListener().listen())
        for (const raw of [false, true]) {
          const cli = start(
            command,
            "--connect",
            listener.endpoint,
            "--count",
            "1",
            ...(raw ? ["--format", "raw"] : []),
          )
          const peer = await listener.accept()
          const [first, last] = body.map((text) => Buffer.from(text))
          peer.write(Buffer.concat([GREETING, ready, Buffer.from([1, first!.length]), first!, frame(last!)]))
          await cli.end()
          if (raw) expect(String(cli.output)).to.equal(`${ATTACK}\t${ATTACK}\n`)
          else {
            const [line, ...rest] = String(cli.output).split("\n")
            expect(rest).to.deep.equal([""])
            expectHarmless(line!.replace("\t", ""))
            expect(line!.split("\t")).to.have.length(2)
          }
        }
      })
    }

    it("is escaped in JSON without changing its meaning", async () => {
      const listener = use(await new RawListener().listen())
      const cli = start("pull", "--connect", listener.endpoint, "--format", "json", "--count", "2")
      const peer = await listener.accept()
      peer.write(Buffer.concat([GREETING, READY.PUSH, frame(JSON.stringify(ATTACK)), frame("\x1b[2J")]))
      const { stdout, stderr } = await cli.end()
      expect(JSON.parse(stdout)).to.equal(ATTACK)
      for (const line of [...stdout.split("\n"), ...stderr.split("\n")]) expectHarmless(line)
    })
  })
})

function closable(server: Server): { close(): unknown } {
  return { close: () => server.close() }
}
