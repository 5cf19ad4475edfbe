import { expect } from "chai"
import { Dealer, Publisher, Push } from "../../src/index.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"

const WILDCARD = "tcp://127.0.0.1:*"
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`

describe("the output of the command line", () => {
  const open = closing()

  /** What a receiving command prints for these pushed messages. */
  async function printed(
    messages: readonly (string | Buffer | (string | Buffer)[])[],
    ...args: string[]
  ): Promise<string> {
    const cli = open(new Cli("pull", "--bind", WILDCARD, "--count", String(messages.length), ...args))
    const push = open(new Push())
    push.connect(await cli.endpoint())
    for (const message of messages) await push.send(message)
    const { code, stdout } = await cli.end()
    expect(code).to.equal(0)
    return stdout
  }

  /** What `sub` prints for these published messages. */
  async function published(messages: readonly string[][], ...args: string[]): Promise<string> {
    const publisher = open(new Publisher())
    await publisher.bind(WILDCARD)
    const cli = open(new Cli("sub", "--connect", publisher.lastEndpoint!, "--count", String(messages.length), ...args))
    await publisher.peersReady(1, { topic: "" })
    for (const message of messages) await publisher.send(message)
    return (await cli.end()).stdout
  }

  describe("with --timestamp", () => {
    it("prints the time before each message", async () => {
      const before = Date.now()
      const [line] = (await printed([["a", "b"]], "--timestamp")).split("\n")
      const [time, ...frames] = line!.split("\t")
      expect(time).to.match(new RegExp(`^${TIME}$`))
      expect(Date.parse(time!)).to.be.within(before, Date.now())
      expect(frames).to.deep.equal(["a", "b"])
    })

    it("keeps the format", async () => {
      expect(await printed(["{}"], "--timestamp", "--format", "json")).to.match(new RegExp(`^\\["${TIME}",{}\\]\n$`))
      expect(await published([["t", "1"]], "--timestamp", "--format", "json")).to.match(
        new RegExp(`^\\["${TIME}","t",1\\]\n$`),
      )
      expect(await printed([["a", ""]], "--timestamp", "--format", "hex")).to.match(new RegExp(`^${TIME} 61 -\n$`))
      expect(await printed(["\x1b"], "--timestamp", "--format", "raw")).to.match(new RegExp(`^${TIME}\t\x1b\n$`))
    })
  })

  describe("by a template", () => {
    it("prints the topic, the message, its size, its position, and the number of its frames", async () => {
      const messages = [
        ["news", "one", "two"],
        ["weather", "ä"],
      ]
      expect(await published(messages, "--template", "%o %t: %s (%S bytes, %n frames)\\n")).to.equal(
        "0 news: one\ttwo (6 bytes, 3 frames)\n1 weather: ä (2 bytes, 2 frames)\n",
      )
    })

    it("prints single frames and escapes sequences, and nothing else", async () => {
      expect(await printed([["a", "b", "c"]], "-T", "%3%1%9-%%\\t\\x41\\0\\\\")).to.equal("ca-%\tA\0\\")
      expect(await printed(["x", "y"], "--template", "%s,")).to.equal("x,y,")
    })

    it("prints the time", async () => {
      const text = await printed(["x"], "--template", "%T %d")
      const [milliseconds, time] = text.split(" ")
      expect(new Date(Number(milliseconds)).toISOString()).to.equal(time)
    })

    it("prints frames in the format: escaped as text, unchanged with raw, as digits, or as JSON", async () => {
      const frames = [["\x1b[2J", "b\n"]]
      expect(await printed(frames, "--template", "%1|%s")).to.equal("\\x1b[2J|\\x1b[2J\tb\\n")
      expect(await printed(frames, "--template", "%1|%s", "--format", "raw", "--separator", "+")).to.equal(
        "\x1b[2J|\x1b[2J+b\n",
      )
      expect(await printed(frames, "--template", "%2|%s", "--format", "hex")).to.equal("620a|1b5b324a 620a")
      expect(await published([["t", '{ "a": 1 }']], "--template", "%t=%s", "--format", "json")).to.equal('t={"a":1}')
    })

    it("prints the routing id of a router's peer", async () => {
      const cli = open(new Cli("router", "--bind", WILDCARD, "--count", "1", "--template", "%p says %s\\n"))
      const dealer = open(new Dealer({ routingId: "me" }))
      dealer.connect(await cli.endpoint())
      await dealer.send("hello")
      expect((await cli.end()).stdout).to.equal("me says hello\n")
    })

    it("prints replies and requests, too", async () => {
      const rep = open(new Cli("rep", "--bind", WILDCARD, "--count", "1", "--template", "<%s>"))
      const req = await Cli.run(["req", "--connect", await rep.endpoint(), "--template", "[%s]", "ping"])
      expect(req.stdout).to.equal("[ping]")
      expect((await rep.end()).stdout).to.equal("<ping>")
    })

    it("is rejected with an error that states what is valid", async () => {
      for (const [args, reason] of [
        [["pull", "--template", "%x"], "unknown token %x, expected %s, %S, %t, %p, %1 … %9, %n, %o, %T, %d, %%"],
        [["pull", "--template", "50 %"], "unknown token %, expected"],
        [["pull", "--template", "\\q"], "unknown escape \\q, expected \\n, \\r, \\t, \\0, \\\\, or \\xHH"],
        [["pull", "--template", "%t"], "%t is for sub and dish"],
        [["sub", "--template", "%p"], "%p is for router, server, peer, and dgram"],
        [["pull", "--template", "%s", "--timestamp"], "--timestamp cannot be combined with --template: use %d"],
        [["pull", "--template", "%s", "--binary"], "--binary cannot be combined with --template"],
        [["pull", "--timestamp", "--binary"], "--binary cannot be combined with --timestamp"],
        [["pull", "--separator", ",", "--format", "hex"], "--separator is for --format text and raw, not for hex"],
      ] as const) {
        const { code, stdout, stderr } = await Cli.run([...args, "--bind", WILDCARD])
        expect([code, stdout]).to.deep.equal([2, ""])
        expect(stderr).to.include(reason)
        expect(stderr).not.to.include("bound")
      }
    })
  })
}).timeout(60_000)
