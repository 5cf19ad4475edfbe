import { expect } from "chai"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import { gzipSync } from "node:zlib"
import { createContext, runInContext } from "node:vm"
import { Reply } from "../src/index.js"
import { NETWORK } from "../src/network-options.js"
import { closing } from "./support/closing.js"
import { moduleOf, RUNTIME } from "./support/runtime.js"

const root = new URL("../", import.meta.url)
const run = promisify(execFile)

/** Largest sizes of what a bundler makes of these lines, minified and gzipped, in bytes. */
const BUDGETS = [
  {
    what: "a Push and a Pull over inproc alone",
    lines: `import { Pull, Push } from "ENTRY"; globalThis.kept = [Pull, Push]`,
    bytes: 13 * 1024,
  },
  {
    what: "a Subscriber over ws",
    lines: `import { Subscriber, useWebSockets } from "ENTRY"; useWebSockets(); globalThis.kept = Subscriber`,
    bytes: 20 * 1024,
  },
  {
    what: "all there is",
    lines: `import * as zmq from "ENTRY"; zmq.useWebSockets(); globalThis.kept = zmq`,
    bytes: 29 * 1024,
  },
]

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL("src/browser.ts", root).pathname],
    bundle: true,
    minify: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "zmtp",
    target: "es2022",
  })
  return outputFiles[0]!.text
}

describe("the browser entry", () => {
  const use = closing()

  it("SHALL run a pair over inproc with nothing but what browsers have", async () => {
    const page = createContext({
      MessageChannel,
      TextEncoder,
      TextDecoder,
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
    })
    const script = `${await bundle()}
      ;(async () => {
        const { Pair } = zmtp
        const [a, b] = [new Pair(), new Pair()]
        await a.bind("inproc://page")
        b.connect("inproc://page")
        await b.send(["hello", new Uint8Array(200)])
        const [text, bytes] = await a.receive()
        a.close()
        b.close()
        return [new TextDecoder().decode(text), bytes.length, typeof Buffer, typeof process]
      })()`
    expect(await runInContext(script, page)).to.deep.equal(["hello", 200, "undefined", "undefined"])
  })

  it("SHALL refuse every option that would be set in vain: ENOTSUP", async () => {
    // What libzmq itself takes for no system is no option in a browser at all.
    const names = NETWORK.map(({ name }) => name).filter((name) => !name.startsWith("vmci"))
    const script = `${await bundle()}
      const codes = ${JSON.stringify(names)}.map((name) => {
        try {
          new zmtp.Pair({ [name]: true })
          return [name, "taken"]
        } catch ({ code }) {
          return [name, code]
        }
      })
      new zmtp.Pair({ plainServer: false, plainUsername: null }).close()
      codes`
    const page = createContext({ MessageChannel, TextEncoder, TextDecoder })
    expect(runInContext(script, page)).to.have.deep.members(names.map((name) => [name, "ENOTSUP"]))
  })

  it("SHALL have all that it exports in its default export, too", async () => {
    const script = `${await bundle()}; const { default: all, ...named } = zmtp; [Object.keys(all), Object.keys(named)]`
    const [all, named] = runInContext(script, createContext({ MessageChannel, TextEncoder, TextDecoder })) as string[][]
    expect(all).to.have.members(named!)
  })

  it("SHALL run in Node too, over inproc and WebSocket, and let the process end", async () => {
    const reply = use(new Reply())
    await reply.bind("ws://127.0.0.1:*")
    const script = `
      import { createRequire } from "node:module"
      import { Pair, Request, useWebSockets } from "./dist/esm/browser.js"
      globalThis.WebSocket ??= createRequire(import.meta.url)("ws").WebSocket
      useWebSockets()
      const [a, b] = [new Pair(), new Pair()]
      await a.bind("inproc://page")
      b.connect("inproc://page")
      const request = new Request()
      request.connect("${reply.lastEndpoint}")
      await request.send("question")
      const [answer] = await request.receive()
      await b.send(answer)
      console.log(new TextDecoder().decode((await a.receive())[0]), answer.constructor.name)
      for (const socket of [a, b, request]) socket.close()`
    const asking = run(process.execPath, moduleOf(script), { cwd: root })
    const [question] = await reply.receive()
    await reply.send(`answer to ${String(question)}`)
    const { stdout } = await asking
    expect(stdout).to.equal("answer to question Uint8Array\n")
  })

  for (const { what, lines, bytes } of BUDGETS) {
    it(`SHALL stay within ${bytes} bytes for ${what}, minified and gzipped`, async function () {
      // Modules that are left apart, for coverage, leave more behind.
      if (existsSync(new URL("dist/esm/core/pipe.js", root))) this.skip()
      // Others gzip less well.
      if (RUNTIME !== "Node") this.skip()
      const { outputFiles } = await build({
        stdin: {
          contents: lines.replace("ENTRY", new URL("dist/esm/browser.js", root).pathname),
          resolveDir: root.pathname,
        },
        bundle: true,
        minify: true,
        write: false,
        platform: "browser",
        format: "esm",
        target: "es2022",
      })
      expect(gzipSync(outputFiles[0]!.text).length).to.be.at.most(bytes)
    })
  }

  it("SHALL have types without Buffer, for messages that are Uint8Array", async () => {
    const types = await readFile(new URL("dist/browser/sockets.d.ts", root), "utf8")
    expect(types)
      .to.include("type Message = Uint8Array")
      .and.not.match(/\bBuffer\b/)
  })
})

describe("the package", () => {
  it("SHALL have no dependencies and no install script", async () => {
    const manifest = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as {
      dependencies?: object
      scripts: Record<string, string>
    }
    expect(manifest.dependencies ?? {}).to.deep.equal({})
    expect(Object.keys(manifest.scripts)).to.not.include.members(["preinstall", "install", "postinstall", "prepare"])
  })

  it("SHALL join sockets of its ES module and its CommonJS build over inproc", async () => {
    const script = `
      import { createRequire } from "node:module"
      import { Push } from "zmtp"
      const { Pull } = createRequire(import.meta.url)("zmtp")
      const [push, pull] = [new Push(), new Pull()]
      await pull.bind("inproc://both")
      push.connect("inproc://both")
      await push.send(["a", "b"])
      console.log(push instanceof Push, String(await pull.receive()))
      push.close()
      pull.close()`
    const { stdout } = await run(process.execPath, moduleOf(script), { cwd: root })
    expect(stdout).to.equal("true a,b\n")
  })

  it("SHALL join sockets of both builds of v5-compat, in the default context that all share", async () => {
    const script = `
      import { createRequire } from "node:module"
      import { context } from "zmtp"
      import zmq, { Context, socket } from "zmtp/v5-compat"
      const other = createRequire(import.meta.url)("zmtp/v5-compat")
      const [push, pull] = [socket("push"), other.socket("pull")]
      pull.on("message", (...frames) => {
        other.Context.setMaxSockets(99)
        console.log(String(frames), zmq.socket === socket, context.maxSockets, Context.getMaxSockets())
        push.close()
        pull.close()
      })
      pull.bindSync("inproc://both")
      push.connect("inproc://both")
      push.send(["a", "b"])`
    const { stdout } = await run(process.execPath, moduleOf(script), { cwd: root })
    expect(stdout).to.equal("a,b true 99 99\n")
  })

  it("SHALL have `zmtp/msgpack` for both, beside the sockets of the main entry", async () => {
    const program = `
      const [pull, push] = [new zmtp.Pull(), new zmtp.Push()]
      pull.bindSync("inproc://packed")
      push.connect("inproc://packed")
      push.with(msgpack()).send({ a: 1 }).then(() => pull.with(msgpack()).receive()).then(async (value) => {
        await push.send(Buffer.from("c1", "hex"))
        const error = await pull.with(msgpack()).receive().catch((error) => error)
        console.log(JSON.stringify(value), error instanceof zmtp.BadMessageError)
        push.close()
        pull.close()
      })`
    const heads = {
      module: 'import * as zmtp from "zmtp"; import { msgpack } from "zmtp/msgpack"',
      commonjs: 'const zmtp = require("zmtp"); const { msgpack } = require("zmtp/msgpack")',
    }
    for (const [type, head] of Object.entries(heads)) {
      const text = `${head}\n${program}`
      const args = type === "module" ? moduleOf(text) : ["--input-type=commonjs", "--eval", text]
      const { stdout } = await run(process.execPath, args, { cwd: root })
      expect(stdout).to.equal('{"a":1} true\n')
    }
  })

  it("SHALL not need the packages that only some entries use", async () => {
    const manifest = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as {
      peerDependencies: Record<string, string>
      peerDependenciesMeta: Record<string, { optional: boolean }>
    }
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name]).to.deep.equal({ optional: true })
    }
  })

  const DRAFTS = "Channel,Client,Datagram,Dish,Gather,Peer,Radio,Scatter,Server,default"

  it("SHALL give the draft sockets to both kinds of modules, each with those of the main entry, and warn once", async () => {
    for (const [kind, load] of [
      ["module", `import * as drafts from "zmtp/draft"; import { Socket } from "zmtp"`],
      ["commonjs", `const drafts = require("zmtp/draft"); const { Socket } = require("zmtp")`],
    ] as const) {
      const script = `${load}
        const names = Object.keys(drafts).sort()
        console.log(names.join(), names.every((name) => name === "default" || drafts.default[name] === drafts[name]))
        console.log(new drafts.Server() instanceof Socket)`
      const { stdout, stderr } = await run(
        process.execPath,
        kind === "module" ? moduleOf(script) : ["--input-type=commonjs", "--eval", script],
        { cwd: root },
      )
      expect(stdout).to.equal(`${DRAFTS} true\ntrue\n`)
      expect(stderr.match(/Warning: .*/g)).to.deep.equal([
        "Warning: ZeroMQ draft features are experimental and could change at any time.",
      ])
    }
  })

  it("SHALL give the draft sockets all transports when nothing else is loaded", async () => {
    const script = `
      import { Client, Dish, Radio, Server } from "zmtp/draft"
      const [client, server, radio, dish] = [new Client(), new Server(), new Radio(), new Dish()]
      await server.bind("tcp://127.0.0.1:*")
      client.connect(server.lastEndpoint)
      await client.send("tcp")
      await dish.bind("udp://127.0.0.1:*")
      dish.join("g")
      radio.connect(dish.lastEndpoint)
      await radio.send("udp", { group: "g" })
      console.log(String((await server.receive())[0]), String((await dish.receive())[0]))
      for (const socket of [client, server, radio, dish]) socket.close()`
    const { stdout } = await run(process.execPath, moduleOf(script), { cwd: root })
    expect(stdout).to.equal("tcp udp\n")
  })

  it("SHALL know no draft sockets before their entry is loaded: EINVAL", async () => {
    const script = `
      import { capability, Socket } from "zmtp"
      const codes = new Set()
      for (let type = 12; type <= 20; type++) {
        try { new Socket(type) } catch ({ code }) { codes.add(code) }
      }
      console.log(capability.draft, ...codes)`
    const { stdout } = await run(process.execPath, moduleOf(script), { cwd: root })
    expect(stdout).to.equal("true EINVAL\n")
  })

  it("SHALL have every class under its own name, in both builds", async () => {
    const script = `
      import { createRequire } from "node:module"
      const require = createRequire(import.meta.url)
      let classes = 0
      for (const entry of ["zmtp", "zmtp/draft", "zmtp/testing", "zmtp/v5-compat"]) {
        for (const exports of [await import(entry), require(entry)]) {
          for (const [key, value] of Object.entries(exports)) {
            if (typeof value !== "function" || !/^[A-Z]/.test(key)) continue
            classes++
            if (value.name !== key) console.log(entry, key, value.name)
          }
        }
      }
      if (classes < 40) console.log(classes)`
    const { stdout } = await run(process.execPath, moduleOf(script), { cwd: root })
    expect(stdout).to.equal("")
  })

  it("SHALL give CommonJS the named exports and a default export that holds them", async () => {
    const script = `const zmq = require("zmtp"); console.log(typeof zmq.Push, zmq.default.Push === zmq.Push, zmq.__esModule)`
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", script], { cwd: root })
    expect(stdout).to.equal("function true true\n")
  })
})
