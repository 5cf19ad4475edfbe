import { expect } from "chai"
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import { libzmqPeers } from "../../interop/support/remote.js"
import { COMMANDS } from "../../src/cli/commands.js"
import {
  curvePublicKey,
  Dealer,
  encodeZ85,
  Publisher,
  readCertificate,
  Pull,
  Push,
  Subscriber,
  type CurveKeyPair,
} from "../../src/index.js"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { freePort, freeTcp, SocketFolder } from "../support/endpoints.js"
import { hasMulticast } from "../support/multicast.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const WILDCARD = "tcp://127.0.0.1:*"

/** The greeting of a peer that speaks PLAIN. */
const WRONG_MECHANISM = Buffer.from(`ff00000000000000017f0301504c41494e${"00".repeat(47)}`, "hex")

/** A secret key, and a public key in a non-canonical encoding. */
const SECRET = encodeZ85(Buffer.alloc(32, 1))
const RESPELLED = encodeZ85(Buffer.alloc(32, 0xf0))

describe("zmtp on the command line", () => {
  const open = closing()
  const start = (...args: string[]): Cli => open(new Cli(...args))

  describe("over multicast", () => {
    const address = async () =>
      `epgm://127.0.0.1;239.${(process.pid >> 8) & 255}.${process.pid & 255}.77:${await freePort()}`

    it("prints what is published to a multicast group, and publishes to it", async function () {
      if (!(await hasMulticast())) skip(this, "no multicast over loopback")
      const [here, there] = [await address(), await address()]
      const sub = start("sub", "--connect", here, "--count", "1")
      const publisher = open(new Publisher())
      await publisher.bind(here)
      const ended = sub.end()
      const { child } = sub
      while (child.exitCode === null) {
        await publisher.send(["topic", "body"])
        // Radios do not report when a dish joins a group, so there is no event to wait for.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      expect(await ended).to.deep.equal({ code: 0, stdout: "topic\tbody\n", stderr: "" })
      const subscriber = open(new Subscriber())
      subscriber.subscribe()
      await subscriber.bind(there)
      const pub = Cli.run(["pub", "--connect", there, "hello"])
      expect(String(await subscriber.receive())).to.equal("hello")
      expect(await pub).to.deep.equal({ code: 0, stdout: "", stderr: "" })
    })

    it("reports invalid endpoints", async () => {
      const outcome = await Cli.run(["sub", "--connect", "epgm://127.0.0.1:5555"])
      expect(outcome.code).to.equal(2)
      expect(outcome.stderr).to.include("expected a multicast group, such as 239.192.1.1")
      const nowhere = await Cli.run(["sub", "--connect", "epgm://no-such;239.192.1.1:5555"])
      expect(nowhere.stderr).to.include('No network interface "no-such"')
    })
  })

  describe("with peers of libzmq", () => {
    const { socket: peer } = libzmqPeers()

    it("pushes the lines of stdin, with tabs between frames", async () => {
      const pull = await peer("Pull")
      const run = Cli.run(["push", "--connect", await pull.bind(WILDCARD)], "a\nb\tc\n")
      expect(await pull.receive()).to.deep.equal(["a"])
      expect(await pull.receive()).to.deep.equal(["b", "c"])
      expect(await run).to.deep.equal({ code: 0, stdout: "", stderr: "" })
    })

    it("pushes the messages of the command line --count times", async () => {
      const pull = await peer("Pull")
      const run = Cli.run(["push", "-c", await pull.bind(WILDCARD), "-n", "3", "-i", "1", "a", "b"])
      expect([await pull.receive(), await pull.receive(), await pull.receive()]).to.deep.equal([["a"], ["b"], ["a"]])
      expect((await run).code).to.equal(0)
    })

    it("prints pushed messages, and ends after --count", async () => {
      const cli = start("pull", "--bind", WILDCARD, "--count", "2")
      const push = await peer("Push")
      await push.connect(await cli.endpoint())
      await push.send("a", "b")
      await push.send("ä")
      const { code, stdout } = await cli.end()
      expect([code, stdout]).to.deep.equal([0, "a\tb\nä\n"])
    })

    it("publishes once --wait subscriptions have arrived", async () => {
      const cli = start("pub", "--bind", WILDCARD, "--topic", "news", "--wait", "1", "hello")
      const subscriber = await peer("Subscriber")
      await subscriber.subscribe("news")
      await subscriber.connect(await cli.endpoint())
      expect(await subscriber.receive()).to.deep.equal(["news", "hello"])
      expect((await cli.end()).code).to.equal(0)
    })

    it("prints messages that match its subscriptions", async () => {
      const publisher = await peer("XPublisher")
      const cli = start("sub", "--connect", await publisher.bind(WILDCARD), "--topic", "b", "--count", "1")
      await publisher.receive()
      await publisher.send("a", "1")
      await publisher.send("b", "2")
      expect((await cli.end()).stdout).to.equal("b\t2\n")
    })

    it("sends a request to a REP and prints the reply", async () => {
      const reply = await peer("Reply")
      const run = Cli.run(["req", "--connect", await reply.bind(WILDCARD), "4 + 5"])
      expect(await reply.receive()).to.deep.equal(["4 + 5"])
      await reply.send("9")
      expect(await run).to.deep.equal({ code: 0, stdout: "9\n", stderr: "" })
    })

    it("replies to a REQ", async () => {
      const cli = start("rep", "--bind", WILDCARD, "--reply", "pong", "--count", "1")
      const request = await peer("Request")
      await request.connect(await cli.endpoint())
      await request.send("ping")
      expect(await request.receive()).to.deep.equal(["pong"])
      expect((await cli.end()).stdout).to.equal("ping\n")
    })

    it("is a CURVE server with a key file, and accepts only the clients in --curve-allow", async () => {
      const folder = open(new SocketFolder())
      const [server, client] = [folder.next(), folder.next()]
      expect((await Cli.run(["keygen", "--file", server])).code).to.equal(0)
      expect((await Cli.run(["keygen", "--file", client])).code).to.equal(0)
      const keyIn = (path: string, name: string): string =>
        new RegExp(`${name}-key = "(.*)"`).exec(readFileSync(path, "utf8"))![1]!
      const cli = start(
        ...["pull", "--bind", WILDCARD, "--count", "1"],
        ...["--curve-server", "--curve-secret", `${server}_secret`, "--curve-allow", client],
      )
      const push = await peer("Push", {
        curveServerKey: keyIn(server, "public"),
        curvePublicKey: keyIn(client, "public"),
        curveSecretKey: keyIn(`${client}_secret`, "secret"),
      })
      await push.connect(await cli.endpoint())
      await push.send("secret")
      expect((await cli.end()).stdout).to.equal("secret\n")
    })

    it("is a CURVE client that is given only the server's key", async () => {
      const { publicKey, secretKey } = JSON.parse((await Cli.run(["keygen", "--json"])).stdout) as Record<
        string,
        string
      >
      expect(curvePublicKey(secretKey!)).to.equal(publicKey)
      const pull = await peer("Pull", { curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey })
      const endpoint = await pull.bind(WILDCARD)
      const run = Cli.run(["push", "--connect", endpoint, `--curve-server-key=${publicKey!}`, "hello"])
      expect(await pull.receive()).to.deep.equal(["hello"])
      expect((await run).code).to.equal(0)
    })

    it("is a PLAIN server", async () => {
      const cli = start(
        ...["pull", "--bind", WILDCARD, "--count", "1"],
        ...["--plain-server", "--plain-user", "admin", "--plain-password", "pw"],
      )
      const push = await peer("Push", { plainUsername: "admin", plainPassword: "pw" })
      await push.connect(await cli.endpoint())
      await push.send("hello")
      expect((await cli.end()).stdout).to.equal("hello\n")
    })

    it("forwards requests between REQ and REP", async () => {
      const cli = start("proxy", "queue", "--front", WILDCARD, "--back", WILDCARD)
      const [, front] = await cli.says(/^front bound to (\S+)$/m)
      const [, back] = await cli.says(/^back bound to (\S+)$/m)
      const [request, reply] = [await peer("Request"), await peer("Reply")]
      await request.connect(front!)
      await reply.connect(back!)
      await request.send("ping")
      expect(await reply.receive()).to.deep.equal(["ping"])
      await reply.send("pong")
      expect(await request.receive()).to.deep.equal(["pong"])
      cli.interrupt()
      expect((await cli.end()).code).to.equal(0)
    })

    it("prints the events of an endpoint", async () => {
      const router = await peer("Router")
      const cli = start("monitor", await router.bind(WILDCARD), "--json", "--count", "3")
      const { stdout } = await cli.end()
      const events = stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { type: string }).type)
      expect(events).to.deep.equal(["connect:delay", "connect", "handshake"])
    })
  })

  it("prints the routing id of the sender with router, and accepts the same form as input", async () => {
    const router = start("router", "--bind", WILDCARD)
    const dealer = start("dealer", "--connect", await router.endpoint(), "--count", "1", "ping")
    const [line, peer] = await router.says(/^(0x[\da-f]{10})\tping$/m, "stdout")
    expect(line).to.equal(`${peer!}\tping`)
    router.child.stdin.write(`${peer!}\tpong\n`)
    expect(await dealer.end()).to.deep.equal({ code: 0, stdout: "pong\n", stderr: "" })
    router.interrupt()
    expect((await router.end()).code).to.equal(0)
  })

  it("sends all messages of the command line --count times, regardless of how many it receives", async () => {
    for (const [count, options] of [
      [3, ["--count", "0"]],
      [4, ["--count", "0", "--send", "4"]],
    ] as const) {
      const dealer = open(new Dealer())
      await dealer.bind(WILDCARD)
      const run = Cli.run(["dealer", "--connect", dealer.lastEndpoint!, ...options, "a", "b", "c"])
      const messages = []
      while (messages.length < count) messages.push(String((await dealer.receive())[0]))
      expect(messages.join("")).to.equal("abca".slice(0, count))
      expect((await run).code).to.equal(0)
    }
  })

  it("ends after --count received messages, even if there could be more input", async () => {
    const dealer = open(new Dealer())
    await dealer.bind(WILDCARD)
    const cli = start("dealer", "--connect", dealer.lastEndpoint!, "--count", "1")
    await dealer.send("enough")
    expect(await cli.end()).to.deep.equal({ code: 0, stdout: "enough\n", stderr: "" })
  })

  it("passes arbitrary bytes from stdin to stdout with --binary", async () => {
    const bytes = Buffer.from("00000002 00000003 0a0009 00000000 00000001 00000001 ff".replaceAll(" ", ""), "hex")
    const pull = start("pull", "--bind", WILDCARD, "--binary", "--count", "2")
    expect((await Cli.run(["push", "--connect", await pull.endpoint(), "--binary"], bytes)).code).to.equal(0)
    await pull.end()
    expect(pull.output).to.deep.equal(bytes)
  })

  it("reads messages from a file", async () => {
    const folder = open(new SocketFolder())
    const file = folder.next()
    writeFileSync(file, "one\ntwo\n")
    const pull = start("pull", "--bind", WILDCARD, "--count", "2")
    await Cli.run(["push", "--connect", await pull.endpoint(), "--file", file])
    expect((await pull.end()).stdout).to.equal("one\ntwo\n")
  })

  for (const [format, line, frames] of [
    ["hex", "6162 - ff", ["6162", "", "ff"]],
    ["json", '{"a":[1,"ä"]}', [Buffer.from('{"a":[1,"ä"]}').toString("hex")]],
    ["msgpack", '{"compact":true,"schema":0}', ["82a7636f6d70616374c3a6736368656d6100"]],
  ] as const) {
    it(`reads and prints lines of ${format}`, async () => {
      const pull = open(new Pull())
      await pull.bind(WILDCARD)
      await Cli.run(["push", "--connect", pull.lastEndpoint!, "--format", format], `${line}\n`)
      const message = await pull.receive()
      expect(message.map((frame) => frame.toString("hex"))).to.deep.equal(frames)
      const push = open(new Push())
      const cli = start("pull", "--bind", WILDCARD, "--format", format, "--count", "1")
      push.connect(await cli.endpoint())
      await push.send(message)
      expect((await cli.end()).stdout).to.equal(`${line}\n`)
    })
  }

  it("reports a message that does not match the format with its bytes, continues, and fails at the end", async () => {
    const push = open(new Push())
    const cli = start("pull", "--bind", WILDCARD, "--format", "json", "--count", "2")
    push.connect(await cli.endpoint())
    await push.sendMany(["{", "[1]"])
    const { code, stdout, stderr } = await cli.end()
    expect([code, stdout]).to.deep.equal([1, "[1]\n"])
    expect(stderr).to.match(/cannot show a message: .* \(7b\)\n.*zmtp: 1 message could not be shown/s)
  })

  it("adds topics to JSON", async () => {
    const sub = start("sub", "--bind", WILDCARD, "--format", "json", "--count", "1")
    const pub = start("pub", "--connect", await sub.endpoint(), "--wait", "1", "--format", "json", '["t",{"a":1}]')
    expect((await sub.end()).stdout).to.equal('["t",{"a":1}]\n')
    expect((await pub.end()).code).to.equal(0)
  })

  it("writes its progress to stderr with --progress", async () => {
    const pull = start("pull", "--bind", WILDCARD, "--count", "1", "--progress")
    await Cli.run(["push", "--connect", await pull.endpoint(), "x"])
    expect((await pull.end()).stderr).to.match(/0 sent, 1 received, \d peers? in [\d.]+ s, \d+\/s\n/)
  })

  it("measures throughput", async () => {
    const receive = start("perf", "receive", "--bind", WILDCARD, "--count", "1000", "--json")
    const endpoint = await receive.endpoint()
    expect((await Cli.run(["perf", "send", "--connect", endpoint, "--count", "1000", "--size", "10"])).code).to.equal(0)
    const figures = JSON.parse((await receive.end()).stdout) as Record<string, number>
    expect(figures).to.include({ size: 10, messages: 1000 })
    expect(figures["messagesPerSecond"]).to.be.above(0)
  })

  it("measures latency", async () => {
    const answer = start("perf", "answer", "--bind", WILDCARD, "--count", "100")
    const { code, stdout } = await Cli.run(["perf", "ask", "--connect", await answer.endpoint(), "--count", "100"])
    expect(code).to.equal(0)
    expect(stdout).to.match(/^message size, bytes +16\nround trips +100\nround trip, mean, µs +[\d.]+\n/)
    expect((await answer.end()).code).to.equal(0)
  })

  it("creates secret keys that other users cannot read, and never overwrites a key", async () => {
    const folder = open(new SocketFolder())
    const file = folder.next()
    await Cli.run(["keygen", "--file", file])
    const before = readFileSync(`${file}_secret`, "utf8")
    expect(statSync(`${file}_secret`).mode & 0o777).to.equal(0o600)
    expect(readFileSync(file, "utf8")).to.not.contain("secret-key")
    expect((await Cli.run(["keygen", "--file", file])).code).to.equal(1)
    expect(readFileSync(`${file}_secret`, "utf8")).to.equal(before)
  })

  it("reports which files it has written, who can read them, and what to do next", async () => {
    const folder = open(new SocketFolder())
    const file = folder.next()
    const { code, stdout } = await Cli.run(["keygen", "--file", file])
    const publicKey = readCertificate(readFileSync(file, "utf8")).publicKey
    expect(code).to.equal(0)
    expect(stdout).to.include(`${file} (mode 0644, others can read it)`)
    expect(stdout).to.include(`${file}_secret (mode 0600, only you can read it)`)
    expect(stdout).to.include(publicKey)
    expect(stdout).not.to.include(readCertificate(readFileSync(`${file}_secret`, "utf8")).secretKey!)
    // The suggested command works.
    const [, ...server] = /^ {2}zmtp (pull .*)$/m.exec(stdout)![1]!.split(" ")
    const pull = start("pull", ...server.map((word) => word.replace("*:5557", "127.0.0.1:*")), "--count", "1")
    const client = /^ {2}zmtp (push .*)$/m.exec(stdout)![1]!.split(" ")
    const endpoint = await pull.endpoint()
    const words = client.map((word) => (word === "tcp://HOST:5557" ? endpoint : word === "server" ? file : word))
    expect((await Cli.run(words)).code).to.equal(0)
    expect((await pull.end()).stdout).to.equal("hello\n")
  })

  it("prints hints with the command as the user runs it: npx in a project", function () {
    if (RUNTIME === "Bun") skip(this, "in Bun, argv contains the program to which the link leads")
    const folder = open(new SocketFolder())
    mkdirSync(`${folder.path}/node_modules/.bin`, { recursive: true })
    const bin = `${folder.path}/node_modules/.bin/zmtp`
    symlinkSync(new URL("../../dist/node/cli.cjs", import.meta.url).pathname, bin)
    const said = spawnSync(process.execPath, [bin, "keygen", "--file", folder.next()], { encoding: "utf8" })
    expect(said.stdout).to.match(/^ {2}npx zmtp pull /m)
    expect(spawnSync(process.execPath, [bin, "pusch"], { encoding: "utf8" }).stderr).to.include("Try 'npx zmtp --help'")
  })

  it("suggests the file with the secret key", async () => {
    const folder = open(new SocketFolder())
    const file = folder.next()
    await Cli.run(["keygen", "--file", file])
    const { code, stderr } = await Cli.run(["pull", "--bind", WILDCARD, "--curve-server", "--curve-secret", file])
    expect([code, stderr.split("\n")[0]]).to.deep.equal([
      2,
      `zmtp: No secret key in ${file}; did you mean ${file}_secret?`,
    ])
  })

  it("reports the same as JSON, without the secret key", async () => {
    const folder = open(new SocketFolder())
    const file = folder.next()
    const { stdout } = await Cli.run(["keygen", "--file", file, "--json"])
    const { publicKey } = readCertificate(readFileSync(file, "utf8"))
    expect(JSON.parse(stdout)).to.deep.equal({ publicKey, publicFile: file, secretFile: `${file}_secret` })
  })

  it("prints a secret key and its public key", async () => {
    const { secretKey, publicKey } = JSON.parse((await Cli.run(["keygen", "--json"])).stdout) as CurveKeyPair
    expect(curvePublicKey(secretKey)).to.equal(publicKey)
    const [, shown, secret] = /^public-key = "(.{40})"\nsecret-key = "(.{40})"\n$/.exec(
      (await Cli.run(["keygen"])).stdout,
    )!
    expect(curvePublicKey(secret!)).to.equal(shown)
  })

  it("reports failures at an endpoint with their reason", async () => {
    const server = createServer((socket) => socket.end(WRONG_MECHANISM)).listen(0, "127.0.0.1")
    await once(server, "listening")
    open(server)
    const endpoint = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { stdout } = await start("monitor", endpoint, "--count", "4").end()
    const lines = stdout.split("\n").map((line) => line.replace(/^\S+ +/, ""))
    expect(lines.map((line) => line.split(" ")[0])).to.deep.equal([
      "connect:delay",
      "connect",
      "handshake:error:protocol",
      "disconnect",
      "",
    ])
    expect(lines[2]).to.match(/^handshake:error:protocol {2}tcp:\/\/127\.0\.0\.1:\d+ {2}\S/)
  })

  describe("its exit code", () => {
    it("is 1 when messages were not delivered, with the reason: no peer", async () => {
      const endpoint = await freeTcp()
      const { code, stderr } = await Cli.run(["push", "--connect", endpoint, "--linger", "100", "one", "two"])
      expect(stderr).to.match(/^zmtp: 2 messages were not delivered \(.+\)$/m)
      expect(code).to.equal(1)
    })

    it("is 1 when messages were not delivered, with the reason: rejected by the peer", async () => {
      const publisher = open(new Publisher())
      await publisher.bind("tcp://127.0.0.1:*")
      const { code, stderr } = await Cli.run(["push", "--connect", publisher.lastEndpoint!, "hello"])
      expect(stderr).to.match(/^zmtp: 1 message was not delivered \(tcp:.+cannot talk to.+\)$/m)
      expect(code).to.equal(1)
    })

    for (const interruptions of [1, 2]) {
      it(`is 1 when it is interrupted before all messages are delivered: ${interruptions}`, async () => {
        const cli = start("push", "--connect", await freeTcp(), "--progress", "one", "two")
        await cli.says(/^2 sent, 0 received, 0 peers/m)
        for (let count = 0; count < interruptions; count++) cli.interrupt()
        const { code, stderr } = await cli.end()
        expect(stderr).to.match(/^zmtp: 2 messages were not delivered \(.+ECONNREFUSED.+\)$/m)
        // Node stops handling signals while it exits, so a second signal at that point terminates the process.
        expect(code).to.be.oneOf(interruptions === 1 ? [1] : [1, null])
      })
    }

    it("is 0 when it is interrupted between two messages", async () => {
      const pull = open(new Pull())
      await pull.bind(WILDCARD)
      const cli = start("push", "--connect", pull.lastEndpoint!, "--interval", "1000000", "--count", "2", "x")
      await pull.receive()
      cli.interrupt()
      expect((await cli.end()).code).to.equal(0)
    })

    it("is 0 when it is interrupted", async () => {
      const cli = start("pull", "--bind", WILDCARD)
      await cli.endpoint()
      cli.interrupt()
      const { code, stdout } = await cli.end()
      expect([code, stdout]).to.deep.equal([0, ""])
    })

    it("is 0 when it is interrupted while its messages wait for a peer", async () => {
      const cli = start("push", "--bind", WILDCARD)
      await cli.endpoint()
      cli.child.stdin.write("nobody\n")
      cli.interrupt()
      expect((await cli.end()).code).to.equal(0)
    })

    it("is 0 when the reader of its output has closed the pipe", async () => {
      const cli = start("pull", "--bind", WILDCARD)
      const push = open(new Push())
      push.connect(await cli.endpoint())
      await push.send("first")
      await cli.says(/first/, "stdout")
      cli.child.stdout.destroy()
      await once(cli.child.stdout, "close")
      // The system reports a closed pipe only on the next write.
      const writing = setInterval(() => push.trySend("more"), 1)
      const { code, stderr } = await cli.end()
      clearInterval(writing)
      expect([code, stderr.replace(/^bound to .*\n/, "")]).to.deep.equal([0, ""])
    })

    it("is 1 when no message arrives in time", async () => {
      const { code, stderr } = await Cli.run(["pull", "--bind", "ipc://*", "--timeout", "1"])
      expect(code).to.equal(1)
      expect(stderr).to.match(/zmtp: No message within 1 ms\n$/)
    })

    it("is 1 when the endpoint is in use", async () => {
      const pull = open(new Pull())
      await pull.bind(WILDCARD)
      const { code, stderr } = await Cli.run(["pull", "--bind", pull.lastEndpoint!])
      expect(code).to.equal(1)
      expect(stderr).to.equal(`zmtp: ${pull.lastEndpoint!}: Address already in use\n`)
    })

    const wrong = [
      [],
      ["frobnicate"],
      ["pull"],
      ["pull", "--frobnicate"],
      ["pull", "--bind", "nowhere"],
      ["pull", "--bind", "http://localhost"],
      ["pull", "--bind", "ipc://*", "--count", "many"],
      ["pull", "--bind", "ipc://*", "--format", "xml"],
      ["pull", "--bind", "ipc://*", "--set", "frobnicate=1"],
      ["pull", "--bind", "ipc://*", "--set", "close=1"],
      ["pull", "--bind", "ipc://*", "--set", "constructor=1"],
      ["pull", "--bind", "ipc://*", "--set", "linger=-2"],
      ["pull", "--bind", "ipc://*", "--curve-server"],
      ["pull", "--bind", "ipc://*", "--curve-server-key", "nothing-of-the-kind"],
      ["pull", "--bind", "ipc://*", "--curve-server-key", "~".repeat(40)],
      ["pull", "--bind", "ipc://*", "--curve-secret", "~".repeat(40)],
      ["pull", "--bind", "ipc://*", "--curve-server", "--curve-secret", fileURLToPath(import.meta.url)],
      ["pull", "--bind", "ipc://*", "--curve-server-key", RESPELLED],
      ["pull", "--bind", "ipc://*", "--curve-server", "--curve-secret", SECRET, "--curve-allow", RESPELLED],
      ["pull", "--bind", "ipc://*", "--set", "curveServer=true"],
      ["pull", "--connect", "ipc:///nowhere", "--set", `curveServerKey=${curvePublicKey(SECRET)}`],
      ["pull", "--bind", "ipc://*", "--plain-user", "me"],
      ["pull", "--bind", "ipc://*", "--plain-user", "me", "--plain-password-file", "/nowhere/at/all"],
      ["pull", "--connect", "tcp://127.0.0.1"],
      ["push", "--connect", "ipc:///nowhere", "--format", "hex", "abc"],
      ["pub", "--connect", "ipc:///nowhere", "--format", "json", '"no topic"'],
      ["keygen", "frobnicate"],
      ["push", "--connect", "ipc:///nowhere", "--format", "json", "{"],
      ["proxy", "frobnicate"],
      ["proxy", "queue", "--front", "ipc://*"],
      ["perf"],
      ["monitor"],
      ["dump", "--listen", WILDCARD],
      ["dump", "--listen", "nowhere", "--target", WILDCARD],
    ]

    it("is 2 for incorrect usage, with a hint on stderr", async () => {
      const outcomes = await Promise.all(wrong.map((args) => Cli.run(args)))
      expect(outcomes.map(({ code, stdout }) => [code, stdout])).to.deep.equal(wrong.map(() => [2, ""]))
      for (const { stderr } of outcomes) expect(stderr).to.match(/zmtp .*--help/)
    })

    it("is 2 for missing CURVE options, which are named", async () => {
      const { code, stderr } = await Cli.run(["pull", "--bind", "ipc://*", "--set", "curveServer=true"])
      expect([code, stderr.split("\n")[0]]).to.deep.equal([
        2,
        "zmtp: ipc://*: Incomplete CURVE options: missing curveSecretKey",
      ])
    })
  })

  it("prints help", async () => {
    const { code, stdout } = await Cli.run(["--help"])
    expect(code).to.equal(0)
    const names = Array.from(stdout.matchAll(/^ {2}(\w+) {2,}/gm), ([, name]) => name!)
    expect(names).to.include.members(COMMANDS.map(({ name }) => name))
    const wrong = await Cli.run([])
    expect([wrong.code, wrong.stdout, wrong.stderr]).to.deep.equal([2, "", stdout])
  })

  it("prints its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string
    }
    expect((await Cli.run(["--version"])).stdout).to.equal(`${version}\n`)
  })
}).timeout(30_000)
