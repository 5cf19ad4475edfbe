import { expect } from "chai"
import { writeFileSync } from "node:fs"
import { RemoteProcess } from "../../interop/support/remote.js"
import { Reader, type Piece } from "../../src/cli/dump/reader.js"
import { Dealer, Router } from "../../src/index.js"
import { ethernet, ipv4, loopback, pcap, pcapng, pcapngOfSimplePackets, type SegmentLike } from "../support/capture.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { cuts, hex } from "../support/cuts.js"
import { SocketFolder } from "../support/endpoints.js"
import { GREETING, READY } from "../support/raw-peer.js"

/** `Ab` with MORE, then `CD`. */
const MESSAGE = hex("01 02 4162 00 02 4344")
const WILDCARD = "tcp://127.0.0.1:*"

function read(bytes: readonly Uint8Array[], secrets = false): string[] {
  const pieces: Piece[] = []
  const reader = new Reader({ secrets }, (piece) => pieces.push(piece))
  for (const chunk of bytes) reader.push(chunk)
  return pieces.map(({ kind, text, body }) =>
    [kind, text, ...(body?.length ? [String(Buffer.from(body))] : [])].join(": "),
  )
}

function greeting(mechanism: string, asServer = false): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.set(hex("ff00000000000000017f 03 01"))
  bytes.set(Buffer.from(mechanism), 12)
  bytes[32] = asServer ? 1 : 0
  return bytes
}

describe("zmtp dump", () => {
  const open = closing()

  it("parses greeting, handshake, commands, and frames, however they are split", () => {
    const subscribe = hex("04 0e 09 535542534352494245 6e657773")
    const ping = hex("04 0a 04 50494e47 000a 636f6e")
    const expected = [
      "greeting: ZMTP 3.1 NULL",
      'command: READY socket-type="PUSH"',
      "command: SUBSCRIBE 4 bytes: news",
      "command: PING ttl 1000 ms: con",
      "frame: 2 bytes, more: Ab",
      "frame: 2 bytes: CD",
    ]
    const stream = Buffer.concat([GREETING, READY.PUSH, subscribe, ping, MESSAGE])
    for (const chunks of cuts(stream)) expect(read(chunks)).to.deep.equal(expected)
  })

  it("hides the password of PLAIN unless an option shows it", () => {
    const hello = hex("04 0c 05 48454c4c4f 02 6d65 02 7077")
    const stream = [greeting("PLAIN"), hello]
    expect(read(stream)).to.deep.equal(["greeting: ZMTP 3.1 PLAIN", 'command: HELLO user "me", password hidden'])
    expect(read(stream, true)[1]).to.equal('command: HELLO user "me", password "pw"')
  })

  it("shows encrypted CURVE messages with their sizes", () => {
    const sealed = Buffer.concat([hex("00 21 07 4d455353414745"), Buffer.alloc(25)])
    const ready = Buffer.concat([hex("04 26 05 5245414459"), Buffer.alloc(32)])
    expect(read([greeting("CURVE", true), ready, sealed])).to.deep.equal([
      "greeting: ZMTP 3.1 CURVE as server",
      "command: READY encrypted, 32 bytes",
      "frame: encrypted, 33 bytes",
    ])
  })

  it("shows the handshake of CURVE with sizes, and that of PLAIN with names", () => {
    const hello = Buffer.concat([hex("04 c8 05 48454c4c4f"), Buffer.alloc(194)])
    const welcome = Buffer.concat([hex("04 a8 07 57454c434f4d45"), Buffer.alloc(160)])
    expect(read([greeting("CURVE"), hello])[1]).to.equal("command: HELLO 194 bytes")
    expect(read([greeting("CURVE", true), welcome])[1]).to.equal("command: WELCOME encrypted, 160 bytes")
    expect(read([greeting("PLAIN", true), hex("04 08 07 57454c434f4d45")])[1]).to.equal("command: WELCOME")
  })

  it("shows bytes that are not text in hexadecimal", () => {
    const hello = hex("04 0b 05 48454c4c4f 02 00ff 01 61")
    expect(read([greeting("PLAIN"), hello], true)[1]).to.equal('command: HELLO user 0x00ff, password "a"')
  })

  it("shows commands without a readable name as frames, also during the handshake", () => {
    expect(read([GREETING, hex("04 03 02 4100"), READY.PUSH, hex("04 01 00")]).slice(1)).to.deep.equal([
      "frame: 3 bytes: \x02A\x00",
      'command: READY socket-type="PUSH"',
      "frame: 1 byte: \x00",
    ])
  })

  it("ignores the rest of a direction after a parse error", () => {
    const pieces: Piece[] = []
    const reader = new Reader({ secrets: false }, (piece) => pieces.push(piece))
    reader.gap(3)
    reader.gap(4)
    reader.push(GREETING)
    expect(pieces.map(({ text }) => text)).to.deep.equal([
      "3 bytes are not in the capture; the rest of this direction is not read",
    ])
  })

  it("does not keep a frame that is larger than 64 MiB, in any version", () => {
    const rest = "; the rest of this direction is not read"
    expect(read([GREETING, hex("02 0000000004000001"), hex("0001 61")])).to.deep.equal([
      "greeting: ZMTP 3.1 NULL",
      `fault: Frame of 67108865 bytes exceeds the limit of 67108864${rest}`,
    ])
    expect(read([hex("0100"), hex("ff 0000000004000002 00")])).to.deep.equal([
      "greeting: ZMTP 1.0, no greeting",
      "command: routing id, 0 bytes",
      `fault: Frame of 67108865 bytes exceeds the limit of 67108864${rest}`,
    ])
  })

  it("shows the reason of an ERROR", () => {
    expect(read([GREETING, hex("04 0a 05 4552524f52 03 343030")])).to.deep.equal([
      "greeting: ZMTP 3.1 NULL",
      "command: ERROR: 400",
    ])
  })

  it("parses ZMTP 2.0 and 1.0", () => {
    expect(read([hex("ff00000000000000017f 01 08 00 00"), MESSAGE])).to.deep.equal([
      "greeting: ZMTP 2.0",
      "command: routing id, 0 bytes",
      "frame: 2 bytes, more: Ab",
      "frame: 2 bytes: CD",
    ])
    expect(read([hex("01 00 03 01 4162 03 00 4344")])).to.deep.equal([
      "greeting: ZMTP 1.0, no greeting",
      "command: routing id, 0 bytes",
      "frame: 2 bytes, more: Ab",
      "frame: 2 bytes: CD",
    ])
  })

  it("reports where a direction can no longer be parsed", () => {
    const pieces = read([GREETING, hex("04 07 05 5245414459 ff"), MESSAGE])
    expect(pieces[1]).to.match(/^fault: Truncated property name; the rest/)
    expect(pieces).to.have.length(2)
  })

  it("forwards the traffic between two peers and prints it", async () => {
    const libzmq = await RemoteProcess.start("libzmq")
    try {
      const router = open(new Router())
      await router.bind(WILDCARD)
      const cli = open(new Cli("dump", "--listen", WILDCARD, "--target", router.lastEndpoint!))
      const dealer = await libzmq.socket("Dealer", { routingId: "me" })
      await dealer.connect(await cli.endpoint())
      await dealer.send("hello", "there")
      await router.receive()
      await router.send(["me", "welcome"])
      expect(await dealer.receive()).to.deep.equal(["welcome"])
      await dealer.close()
      await cli.says(/closed/, "stdout")
      cli.interrupt()
      const { code, stdout } = await cli.end()
      expect(code).to.equal(0)
      const lines = stdout.split("\n").map((line) => line.replace(/^[\d.]+ #1 /, ""))
      expect(lines.filter((line) => line.startsWith(">"))).to.deep.equal([
        "> greeting ZMTP 3.1 NULL",
        '> command  READY socket-type="DEALER" identity="me"',
        '> frame    5 bytes, more  "hello"',
        '> frame    5 bytes  "there"',
      ])
      expect(lines.filter((line) => line.startsWith("<"))).to.deep.equal([
        "< greeting ZMTP 3.1 NULL",
        '< command  READY socket-type="ROUTER" identity=""',
        '< frame    7 bytes  "welcome"',
      ])
    } finally {
      await libzmq.stop()
    }
  })

  it("forwards more data than a connection buffers", async () => {
    const router = open(new Router())
    await router.bind(WILDCARD)
    const cli = open(new Cli("dump", "--listen", WILDCARD, "--target", router.lastEndpoint!, "--bytes", "1"))
    const dealer = open(new Dealer())
    dealer.connect(await cli.endpoint())
    const body = Buffer.alloc(32_000_000, 7)
    await dealer.send(body)
    await cli.says(/command {2}READY/, "stdout")
    expect((await router.receive())[1]!.equals(body)).to.equal(true)
  })

  it("reports that its target refuses connections", async () => {
    const free = new Router()
    await free.bind(WILDCARD)
    const target = free.lastEndpoint!
    free.close()
    const cli = open(new Cli("dump", "--listen", WILDCARD, "--target", target))
    const dealer = open(new Dealer())
    dealer.connect(await cli.endpoint())
    await cli.says(/connect ECONNREFUSED .*\n(?:.*\n)*?.* closed\n/, "stdout")
  })

  it("colors its output with --color", async () => {
    const router = open(new Router())
    await router.bind(WILDCARD)
    const cli = open(new Cli("dump", "--listen", WILDCARD, "--target", router.lastEndpoint!, "--color", "always"))
    const dealer = open(new Dealer())
    dealer.connect(await cli.endpoint())
    await cli.says(/\x1b\[36mgreeting ZMTP 3.1 NULL\x1b\[0m/, "stdout")
  })

  describe("of a capture", () => {
    /**
     * A handshake and a message. Some segments are duplicated or out of order, and the sequence numbers wrap around.
     */
    const [client, server] = [0xffff_fff0, 1000]
    const sent = Buffer.concat([GREETING, READY.PUSH, MESSAGE])
    const part = (from: number, to: number): SegmentLike => ({
      from: "client",
      sequence: client + 1 + from,
      payload: sent.subarray(from, to),
    })
    const segments: SegmentLike[] = [
      { from: "client", sequence: client, syn: true },
      { from: "server", sequence: server, syn: true },
      { from: "client", sequence: client + 1 },
      part(0, 10),
      { from: "server", sequence: server + 1, payload: GREETING },
      part(40, 70),
      part(10, 40),
      part(0, 40),
      part(65, 90),
      { from: "server", sequence: server + 65, payload: READY.PULL },
      part(90, sent.length),
    ]
    const expected = [
      "- 10.0.0.1:40000 to 10.0.0.2:5555",
      "< greeting ZMTP 3.1 NULL",
      "> greeting ZMTP 3.1 NULL",
      '< command  READY socket-type="PULL"',
      '> command  READY socket-type="PUSH"',
      '> frame    2 bytes, more  "Ab"',
      '> frame    2 bytes  "CD"',
    ]

    async function dumped(
      file: Buffer,
      ...args: string[]
    ): Promise<{ code: number | null; lines: string[]; text: string }> {
      const path = open(new SocketFolder()).next()
      writeFileSync(path, file)
      const { code, stdout, stderr } = await Cli.run(["dump", "--file", path, ...args])
      return {
        code,
        lines: stdout
          .split("\n")
          .slice(0, -1)
          .map((line) => line.replace(/^[\d.]+ #1 /, "")),
        text: stdout + stderr,
      }
    }

    it("reorders a pcap of Ethernet", async () => {
      const { code, lines, text } = await dumped(
        pcap(
          1,
          segments.map((segment) => ethernet(ipv4(segment))),
        ),
      )
      expect(lines).to.deep.equal(expected)
      expect(code).to.equal(0)
      expect(text).to.match(/^0.000000 #1 - .*\n0.004000 #1 < greeting/)
    })

    it("reorders a pcapng of a loopback device", async () => {
      const { lines, text } = await dumped(
        pcapng(
          0,
          segments.map((segment) => loopback(ipv4(segment))),
        ),
      )
      expect(lines).to.deep.equal(expected)
      expect(text).to.match(/\n0.004000 #1 < greeting/)
    })

    it("reads pcapng packets that have no timestamp", async () => {
      const packets = segments.map((segment) => ipv4(segment))
      const { lines, text } = await dumped(pcapngOfSimplePackets(101, packets))
      expect(lines).to.deep.equal(expected)
      expect(text).to.match(/^0.000000 #1 - .*\n0.000000 #1 < greeting/)
    })

    for (const [what, options, last] of [
      ["microseconds by default", [], "0.004000"],
      ["powers of two", [0, 9, 0, 1, 0x80 | 10, 0, 0, 0], "3.906250"],
      ["a resolution after other options", [0, 2, 0, 3, 0x65, 0x74, 0x68, 0, 0, 9, 0, 1, 3, 0, 0, 0], "4.000000"],
      ["microseconds if the options end before the resolution", [0, 0, 0, 0, 0, 9, 0, 1, 3, 0, 0, 0], "0.004000"],
    ] as const) {
      it(`uses the timestamp resolution of a pcapng: ${what}`, async () => {
        const packets = segments.map((segment) => ipv4(segment))
        const { text } = await dumped(pcapng(101, packets, { options, first: 1_000_000n, between: 1000n }))
        expect(text).to.include(`\n${last} #1 < greeting`)
      })
    }

    it("reports missing bytes", async () => {
      const holed = segments.filter((_, index) => index !== 8)
      const { lines } = await dumped(pcap(101, holed.map(ipv4)))
      expect(lines).to.deep.equal([
        ...expected.slice(0, 3),
        expected[3],
        "> fault    20 bytes are not in the capture; the rest of this direction is not read",
      ])
    })

    it("shows frames in hexadecimal, up to a maximum number of bytes", async () => {
      const { lines } = await dumped(pcap(101, segments.map(ipv4)), "--hex", "--bytes", "1", "--port", "5555")
      expect(lines.slice(-2)).to.deep.equal(["> frame    2 bytes, more  41…", "> frame    2 bytes  43…"])
    })

    it("fails for a file that is not a capture, and for a capture without the port", async () => {
      expect(await dumped(Buffer.from("no capture"))).to.include({ code: 1 })
      const { code, text } = await dumped(pcap(101, segments.map(ipv4)), "--port", "80")
      expect(code).to.equal(1)
      expect(text).to.match(/No TCP connection in/)
    })
  })
}).timeout(30_000)
