import { expect } from "chai"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Publisher, Pull, Push, Reply } from "../../src/index.js"
import { CERTIFICATE, KEY } from "../support/certificate.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { freeTcp, SocketFolder } from "../support/endpoints.js"

const WILDCARD = "tcp://127.0.0.1:*"

describe("connection reports on the command line", () => {
  const open = closing()
  const start = (...args: string[]): Cli => open(new Cli(...args))

  it("appear for failed connections, once with the reason, and for their later success", async () => {
    const endpoint = await freeTcp()
    const cli = start("push", "--connect", endpoint, "--set", "reconnectInterval=10", "late")
    await cli.says(/cannot connect/)
    const pull = open(new Pull())
    await pull.bind(endpoint)
    expect(String(await pull.receive())).to.equal("late")
    const { code, stderr } = await cli.end()
    expect([code, stderr.split("\n")]).to.deep.equal([
      0,
      [
        `zmtp: ${endpoint}: cannot connect: Connection refused: connect ECONNREFUSED ${endpoint.slice("tcp://".length)}`,
        `zmtp: ${endpoint}: connected`,
        "",
      ],
    ])
  })

  it("appear for lost connections", async () => {
    const reply = open(new Reply())
    await reply.bind(WILDCARD)
    const endpoint = reply.lastEndpoint!
    const cli = start("req", "--connect", endpoint, "--set", "reconnectInterval=10", "hello")
    await reply.receive()
    reply.close()
    await cli.says(/: connection lost: /)
    cli.interrupt()
    expect((await cli.end()).code).to.equal(0)
  })

  it("appear for failed handshakes, on both sides", async () => {
    const publisher = open(new Publisher())
    await publisher.bind(WILDCARD)
    const push = start("push", "--connect", publisher.lastEndpoint!, "--linger", "0")
    await push.says(/: cannot connect: .*PUSH cannot talk to "PUB"$/m)
    push.child.stdin.end()
    const pull = start("pull", "--bind", WILDCARD, "--curve-server", "--curve-secret", "a".repeat(40))
    const endpoint = await pull.endpoint()
    const stranger = open(new Push({ linger: 0 }))
    stranger.connect(endpoint)
    await pull.says(
      new RegExp(`^zmtp: ${endpoint}: rejected a peer: .*Peer uses "NULL", this socket uses "CURVE"$`, "m"),
    )
  })

  it("appear for both sides of a proxy", async () => {
    const [front, back] = [await freeTcp(), await freeTcp()]
    const cli = start("proxy", "streamer", "--connect-front", front, "--connect-back", back)
    await cli.says(new RegExp(`${front}: cannot connect`))
    await cli.says(new RegExp(`${back}: cannot connect`))
  })

  it("do not appear with --quiet, but errors do", async () => {
    const { code, stderr } = await Cli.run(["pull", "--connect", await freeTcp(), "--timeout", "300", "--quiet"])
    expect([code, stderr]).to.deep.equal([1, "zmtp: No message within 300 ms\n"])
  })

  it("appear for ws:// and wss://, too", async () => {
    const pull = start("pull", "--bind", "ws://127.0.0.1:*/jobs", "--count", "1")
    expect((await Cli.run(["push", "--connect", await pull.endpoint(), "over ws"])).code).to.equal(0)
    expect((await pull.end()).stdout).to.equal("over ws\n")

    const folder = open(new SocketFolder())
    writeFileSync(`${folder.path}/cert.pem`, CERTIFICATE)
    writeFileSync(`${folder.path}/key.pem`, KEY)
    const secure = start(
      "pull",
      "--bind",
      "wss://127.0.0.1:*/jobs",
      "--count",
      "1",
      "--tls-cert",
      `${folder.path}/cert.pem`,
      "--tls-key",
      `${folder.path}/key.pem`,
    )
    const endpoint = (await secure.endpoint()).replace("127.0.0.1", "localhost")
    const push = await Cli.run(["push", "--connect", endpoint, "--tls-ca", `${folder.path}/cert.pem`, "over wss"])
    expect(push).to.deep.equal({ code: 0, stdout: "", stderr: "" })
    expect((await secure.end()).stdout).to.equal("over wss\n")
  })

  it("report invalid endpoints, and what is valid", async () => {
    for (const [args, reason] of [
      [["pull", "--bind", "http://localhost:1"], 'unknown scheme "http": expected one of '],
      [["pull", "--bind", "udp://127.0.0.1:5"], "udp:// is for radio (--connect), dish (--bind), and dgram (--bind)"],
      [["push", "--connect", "epgm://lo;239.1.1.1:5"], "epgm:// is for pub and sub"],
      [["pull", "--connect", "localhost:5"], 'zmtp: Invalid endpoint "localhost:5": missing scheme, such as tcp://\n'],
    ] as const) {
      const { code, stderr } = await Cli.run(args)
      expect([code, stderr]).to.match(/^2,/)
      expect(stderr).to.include(reason)
    }
  })

  it("name missing and invalid TLS options", async () => {
    for (const [args, reason] of [
      [["--tls-cert", "cert.pem"], "--tls-cert cert.pem: ENOENT"],
      [["--tls-cert", fileURLToPath(import.meta.url)], "--tls-cert and --tls-key must be used together"],
      [[], "wss"],
    ] as const) {
      const { code, stderr } = await Cli.run(["pull", "--bind", "wss://127.0.0.1:*", ...args])
      expect([code, stderr]).to.match(/^2,/)
      expect(stderr).to.include(reason)
    }
  })
}).timeout(60_000)
