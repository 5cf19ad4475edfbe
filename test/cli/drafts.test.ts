import { expect } from "chai"
import { createSocket, type RemoteInfo } from "node:dgram"
import { once } from "node:events"
import { Channel, Client, Dish, Gather, Peer, Radio, Scatter, Server } from "../../src/sockets/draft-sockets.js"
import "../../src/index.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { freePort } from "../support/endpoints.js"

const WILDCARD = "tcp://127.0.0.1:*"

describe("the draft sockets on the command line", () => {
  const open = closing()
  const start = (...args: string[]): Cli => open(new Cli(...args))

  it("exchange messages as client and server, with the printed id as the address of the reply", async () => {
    const server = start("server", "--bind", WILDCARD)
    const client = start("client", "--connect", await server.endpoint(), "--count", "1", "tab\tis text")
    const [, number] = await server.says(/^(\d+)\ttab\\tis text$/m, "stdout")
    server.child.stdin.write(`${number!}\tpong\n`)
    expect(await client.end()).to.deep.equal({ code: 0, stdout: "pong\n", stderr: "" })
    server.interrupt()
    expect((await server.end()).code).to.equal(0)
  })

  it("exchange messages with sockets of these types: Server, Client, Peer, Channel", async () => {
    const server = open(new Server())
    await server.bind(WILDCARD)
    const client = start("client", "--connect", server.lastEndpoint!, "--count", "1", "hello")
    const [message, { routingId }] = await server.receive()
    await server.send("hi", { routingId })
    expect([String(message), (await client.end()).stdout]).to.deep.equal(["hello", "hi\n"])

    const cli = start("server", "--bind", WILDCARD, "--count", "1", "--template", "%p %s", "--format", "hex")
    const other = open(new Client())
    other.connect(await cli.endpoint())
    await other.send("a")
    expect((await cli.end()).stdout).to.match(/^\d+ 61$/)

    const peer = start("peer", "--bind", WILDCARD, "--count", "1", "--format", "json")
    const friend = open(new Peer())
    await friend.send("1", { routingId: friend.connectPeer(await peer.endpoint()) })
    expect((await peer.end()).stdout).to.match(/^\["\d+",1\]\n$/)

    const channel = open(new Channel())
    await channel.bind(WILDCARD)
    const end = start("channel", "--connect", channel.lastEndpoint!, "--count", "1", "ping")
    expect(String(await channel.receive())).to.equal("ping")
    await channel.send("pong")
    expect((await end.end()).stdout).to.equal("pong\n")
  })

  it("scatter and gather", async () => {
    const gather = open(new Gather())
    await gather.bind(WILDCARD)
    expect((await Cli.run(["scatter", "--connect", gather.lastEndpoint!, "job"])).code).to.equal(0)
    expect(String(await gather.receive())).to.equal("job")
    const cli = start("gather", "--bind", WILDCARD, "--count", "1")
    const scatter = open(new Scatter())
    scatter.connect(await cli.endpoint())
    await scatter.send("done")
    expect((await cli.end()).stdout).to.equal("done\n")
  })

  it("send to groups and receive from them, over TCP and UDP", async () => {
    const radio = open(new Radio())
    await radio.bind(WILDCARD)
    const cli = start(
      "dish",
      "--connect",
      radio.lastEndpoint!,
      "--group",
      "weather",
      "--count",
      "1",
      "--template",
      "%t: %s\\n",
    )
    await radio.peersReady(1)
    const stop = new AbortController()
    const sending = repeat(() => radio.send("sunny", { group: "weather" }), stop.signal)
    expect(await cli.end()).to.deep.equal({ code: 0, stdout: "weather: sunny\n", stderr: "" })
    stop.abort()
    await sending

    const dish = open(new Dish())
    dish.join("news")
    const endpoint = `udp://127.0.0.1:${await freePort()}`
    await dish.bind(endpoint)
    const received = dish.receive()
    expect((await Cli.run(["radio", "--connect", endpoint, "--group", "news", "extra"])).code).to.equal(0)
    const [frame, { group }] = await received
    expect([String(frame), String(group)]).to.deep.equal(["extra", "news"])
    const line = dish.receive()
    expect((await Cli.run(["radio", "--connect", endpoint, "--format", "json"], '["news",{"a":1}]\n')).code).to.equal(0)
    expect(String((await line)[0])).to.equal('{"a":1}')
  })

  it("publish to a group when enough peers have joined it", async () => {
    const cli = start("radio", "--bind", WILDCARD, "--group", "weather", "--wait", "1", "sunny")
    const dish = open(new Dish())
    dish.connect(await cli.endpoint())
    dish.join("other", "weather")
    const [frame, { group }] = await dish.receive()
    expect([String(frame), String(group)]).to.deep.equal(["sunny", "weather"])
    expect((await cli.end()).code).to.equal(0)
  })

  it("exchange datagrams with any UDP program", async () => {
    const program = createSocket("udp4")
    program.bind(0, "127.0.0.1")
    await once(program, "listening")
    const address = `127.0.0.1:${program.address().port}`
    try {
      const arrival = once(program, "message") as Promise<[Buffer, RemoteInfo]>
      const cli = start("dgram", "--bind", "udp://127.0.0.1:*", "--count", "1", `${address}\tping\tpong`)
      const [bytes, { port }] = await arrival
      expect(String(bytes)).to.equal("ping\tpong")
      program.send("from\tout\nside", port, "127.0.0.1")
      const { code, stdout } = await cli.end()
      expect([code, stdout]).to.deep.equal([0, `${address}\tfrom\\tout\\nside\n`])
    } finally {
      program.close()
    }
  })

  it("reject messages of several frames, and peer ids that are not numbers", async () => {
    const two = Buffer.from("00000002 00000001 61 00000001 62".replaceAll(" ", ""), "hex")
    const outcome = await Cli.run(["client", "--bind", WILDCARD, "--binary"], two)
    expect([outcome.code, outcome.stderr]).to.match(
      /^2,.*zmtp: Invalid message with 2 frames: this socket type sends one frame/s,
    )
    for (const [args, reason] of [
      [["scatter", "--format", "hex", "61 62"], "Invalid message with 2 frames"],
      [["server", "--count", "0", "nobody\thello"], "Invalid peer 'nobody': expected the number"],
      [["radio", "no group"], "Invalid message with 1 frames: this socket type sends two frames"],
      [["dgram", "--count", "0", "nowhere\thello"], `Invalid address "nowhere": expected a host and a port`],
      [["dish"], "Missing group: --group TEXT"],
      [["dish", "--group", "g".repeat(256)], "--group ggg"],
    ] as const) {
      const { code, stderr } = await Cli.run([...args, "--bind", args[0] === "dgram" ? "udp://127.0.0.1:*" : WILDCARD])
      expect([code, stderr]).to.match(/^2,/)
      expect(stderr).to.include(reason)
    }
  })

  it("are monitored", async () => {
    const server = open(new Server())
    await server.bind(WILDCARD)
    const { code, stdout } = await Cli.run(["monitor", server.lastEndpoint!, "--type", "client", "--count", "3"])
    expect(code).to.equal(0)
    expect(stdout).to.match(/ handshake +tcp/)
  })

  /** Sends until the signal aborts, because radios do not report when a dish joins a group. */
  async function repeat(send: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await send()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}).timeout(60_000)
