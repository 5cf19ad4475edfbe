import { expect } from "chai"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { createContext, runInContext, type Context } from "node:vm"
import { Reply } from "../src/index.js"
import { COMMON_OPTIONS, TABLE } from "../src/sockets/options/settings.js"
import { packageVersion } from "../src/core/version.js"
import { closing } from "./support/closing.js"
import { moduleOf, RUNTIME } from "./support/runtime.js"
import { skip } from "./support/skip.js"

const root = new URL("../", import.meta.url)
const run = promisify(execFile)

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

/** A realm with only those features of browsers that the entry point needs. */
function barePage(): Context {
  return createContext({
    MessageChannel,
    TextEncoder,
    TextDecoder,
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
  })
}

describe("the browser entry", () => {
  const use = closing()

  it("runs a pair over inproc with only what browsers provide", async () => {
    const page = barePage()
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

  it("rejects every option that would have no effect: ENOTSUP", async () => {
    const names = COMMON_OPTIONS.filter((name) => TABLE[name].requires !== undefined)
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
      const pair = new zmtp.Pair()
      try {
        pair.setInt32Option(34, 1)
      } catch ({ code, message }) {
        codes.push([34, code, message])
      }
      codes`
    const page = barePage()
    expect(runInContext(script, page)).to.have.deep.members([
      ...names.map((name) => [name, "ENOTSUP"]),
      [34, "ENOTSUP", 'Option "tcpKeepalive" requires tcp, which this platform does not support'],
    ])
  })

  it("receives frames in memory that is not shared, whatever was sent", async () => {
    const script = `${await bundle()}
      ;(async () => {
        const { Pair } = zmtp
        const [a, b] = [new Pair(), new Pair()]
        await a.bind("inproc://shared")
        b.connect("inproc://shared")
        const kinds = []
        for (const size of [1, 100000]) {
          const sent = new Uint8Array(new SharedArrayBuffer(size)).fill(7)
          await b.send(sent)
          const [frame] = await a.receive()
          kinds.push(frame.buffer.constructor.name, frame.length, frame.every((byte) => byte === 7))
        }
        a.close()
        b.close()
        return kinds
      })()`
    const page = barePage()
    expect(await runInContext(script, page)).to.deep.equal(["ArrayBuffer", 1, true, "ArrayBuffer", 100_000, true])
  })

  it("has all exports in its default export, too", async () => {
    const script = `${await bundle()}; const { default: all, ...named } = zmtp; [Object.keys(all), Object.keys(named)]`
    const [all, named] = runInContext(script, barePage()) as string[][]
    expect(all).to.have.members(named!)
  })

  it("runs in Node, too, over inproc and WebSocket, and lets the process exit", async () => {
    const reply = use(new Reply())
    await reply.bind("ws://127.0.0.1:*")
    const script = `
      import { createRequire } from "node:module"
      import { Pair, Request, useWebSockets } from "./dist/browser/index.js"
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

  it("has types without Buffer, for messages that are Uint8Array", async () => {
    const files = ["browser/api", "browser/index", "browser/msgpack", "node/common", "workerd/index"]
    const read = (name: string) => readFile(new URL(`dist/${name}.d.cts`, root), "utf8")
    const [api, ...others] = await Promise.all(files.map(read))
    expect(api).to.include('type Message = ReturnType<Uint8Array["slice"]>')
    for (const types of [api!, ...others]) {
      expect(types.replaceAll(/\/\*\*[^]*?\*\//g, "")).to.not.match(/\bBuffer\b|["']node:/)
    }
  })
})

describe("the entry zmtp/protocol", () => {
  it("consists of the protocol, and of what CURVE needs in Node", async () => {
    const { metafile } = await build({
      entryPoints: [new URL("src/protocol.ts", root).pathname],
      bundle: true,
      write: false,
      metafile: true,
      platform: "neutral",
      external: ["*/libsodium.cjs"],
      absWorkingDir: root.pathname,
    })
    const others = Object.keys(metafile.inputs).filter((path) => !path.startsWith("src/zmtp/"))
    expect(others).to.have.members([
      "src/protocol.ts",
      "src/security/load-curve.ts",
      "src/security/no-curve.ts",
      "src/security/sodium-crypto.ts",
      "src/security/sodium.ts",
    ])
  })

  it("runs with only what every JavaScript runtime provides", async () => {
    const { outputFiles } = await build({
      entryPoints: [new URL("src/protocol.ts", root).pathname],
      bundle: true,
      minify: true,
      write: false,
      platform: "neutral",
      format: "iife",
      globalName: "zmtp",
      target: "es2022",
      external: ["*/libsodium.cjs"],
    })
    const script = `${outputFiles[0]!.text}
      ;(async () => {
        const engines = [["PUSH"], ["PULL"]].map(([socketType]) => zmtp.createEngine({ socketType }))
        const messages = []
        const pass = (from, to) => {
          for (const chunk of from.drain()) {
            to.push(chunk)
            if (to.state !== "traffic" && !to.handshake()) continue
            for (let message = to.read(); message !== undefined; message = to.read()) messages.push(message)
          }
        }
        const [push, pull] = engines
        for (const engine of engines) engine.start()
        while (push.unsent + pull.unsent > 0) {
          pass(push, pull)
          pass(pull, push)
        }
        push.write([new TextEncoder().encode("hello"), new Uint8Array(300)])
        pass(push, pull)
        const [[text, bytes]] = messages
        const curve = await zmtp.loadCurve().catch((error) => error.message)
        return [new TextDecoder().decode(text), bytes.length, text.constructor.name, typeof Buffer, curve]
      })()`
    expect(await runInContext(script, createContext({ TextEncoder, TextDecoder }))).to.deep.equal([
      "hello",
      300,
      "Uint8Array",
      "undefined",
      "CURVE requires node:crypto, which is not available",
    ])
  })

  it("loads only one other file in pages", async () => {
    const [entry, engine] = await Promise.all(
      ["protocol", "engine"].map((name) => readFile(new URL(`dist/browser/${name}.js`, root), "utf8")),
    )
    const statements = (code: string): string[] =>
      [...code.matchAll(/^(?:import|export)\b.*? from '(.*)'|^import '.*|\brequire\(.*/gm)].map(([, from]) => from!)
    expect(statements(entry!)).to.deep.equal(["./engine.js"])
    expect(statements(engine!)).to.deep.equal([])
  })

  it("is in bundles for pages without Buffer and without the modules of Node", async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: 'export * from "zmtp/protocol"', resolveDir: root.pathname },
      bundle: true,
      write: false,
      metafile: true,
      platform: "browser",
      format: "iife",
      globalName: "zmtp",
      absWorkingDir: root.pathname,
    })
    const files = Object.keys(metafile.inputs).filter((file) => file !== "<stdin>")
    expect(files).to.have.members(["dist/browser/protocol.js", "dist/browser/engine.js"])
    const script = `${outputFiles[0]!.text}
      zmtp.loadCurve().catch((error) => [Object.keys(zmtp).sort().join(), error.message])`
    const page = createContext({ TextEncoder, TextDecoder, Buffer: undefined })
    expect(await runInContext(script, page)).to.deep.equal([
      Object.keys(await import("../src/protocol.js"))
        .sort()
        .join(),
      "CURVE requires node:crypto, which is not available",
    ])
  })

  it("has the same exports for both kinds of modules, and supports CURVE in both", async () => {
    const program = `
      const speak = async () => {
        const crypto = await zmtp.loadCurve()
        const [server, client] = [crypto.keyPair(), crypto.keyPair()]
        const engines = [
          { asServer: true, secretKey: server.secretKey },
          { asServer: false, ...client, serverKey: server.publicKey },
        ].map((side) => zmtp.createEngine({ socketType: "PAIR", security: { mechanism: "CURVE", crypto, ...side } }))
        for (const engine of engines) engine.start()
        while (engines.some(({ unsent }) => unsent > 0)) {
          for (const [from, to] of [engines, [...engines].reverse()]) {
            for (const chunk of from.drain()) {
              to.push(chunk)
              to.handshake()
            }
          }
        }
        console.log(engines.map(({ state }) => state).join(), Object.keys(zmtp).sort().join())
      }
      speak()`
    const heads = {
      module: 'import * as zmtp from "zmtp/protocol"',
      commonjs: 'const zmtp = require("zmtp/protocol")',
    }
    const said = await Promise.all(
      Object.entries(heads).map(async ([type, head]) => {
        const text = `${head}\n${program}`
        const args = type === "module" ? moduleOf(text) : ["--input-type=commonjs", "--eval", text]
        const { stdout } = await run(process.execPath, args, { cwd: root })
        return stdout
      }),
    )
    expect(said[0]).to.match(/^traffic,traffic .*createEngine,/)
    expect(said[1]).to.equal(said[0])
  })
})

describe("the package", () => {
  it("has no dependencies and no install script", async () => {
    const manifest = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as {
      dependencies?: object
      scripts: Record<string, string>
    }
    expect(manifest.dependencies ?? {}).to.deep.equal({})
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(manifest.scripts).to.not.have.property(name)
    }
  })

  it("connects sockets of its ES module and its CommonJS build over inproc", async () => {
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

  it("connects sockets of both builds of v5-compat, in the default context that all share", async () => {
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

  it("has the same classes and default exports in every module of a bundle, as an ES module and as CommonJS", async () => {
    const names = ["", "/draft", "/v5-compat", "/browser"].map((name) => `zmtp${name}`)
    const program = `
      ${names.map((name, index) => `import * as all${index} from "${name}"`).join("\n")}
      const [main, draft, v5, browser] = [all0, all1, all2, all3]
      console.log(
        main.default.Push === main.Push,
        main.default.default === undefined,
        draft.default.Server.prototype instanceof main.Socket,
        typeof v5.default.socket,
        browser.Push === main.Push,
        require("zmtp").Push === main.Push,
      )`
    for (const format of ["esm", "cjs"] as const) {
      const { outputFiles, warnings } = await build({
        stdin: { contents: program, resolveDir: root.pathname },
        bundle: true,
        write: false,
        platform: "node",
        format,
      })
      expect(warnings).to.deep.equal([])
      const type = format === "esm" ? "module" : "commonjs"
      const running = run(process.execPath, [`--input-type=${type}`, "-"], { cwd: tmpdir() })
      running.child.stdin!.end(outputFiles[0]!.text)
      expect((await running).stdout, format).to.equal("true true true function true true\n")
    }
  })

  it("exports its own version", async () => {
    const { version } = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as { version: string }
    expect(packageVersion).to.equal(version)
  })

  it("shares no state with another version of itself, and works in the same process", async function () {
    this.timeout(60_000)
    const folder = await mkdtemp(join(tmpdir(), "zmtp-test-"))
    try {
      await cp(new URL("dist/node", root), folder, { recursive: true })
      // A version whose contexts and threads have another internal structure.
      const file = join(folder, "core.cjs")
      const core = await readFile(file, "utf8")
      await writeFile(file, core.replaceAll(packageVersion, "0.0.1").replaceAll("extended", "reachesOthers"))
      const program = `
        const { workerData } = require("node:worker_threads")
        ;(async () => {
          for (const [index, zmq] of workerData.map((path) => require(path)).entries()) {
            const push = new zmq.Push()
            push.connect("inproc://name")
            await push.send(String(index))
          }
        })()`
      const script = `
        const { Worker } = require("node:worker_threads")
        const { once } = require("node:events")
        const paths = ${JSON.stringify([join(folder, "index.cjs"), new URL("dist/node/index.cjs", root).pathname])}
        ;(async () => {
          const versions = paths.map((path) => require(path))
          const pulls = versions.map((zmq) => new zmq.Pull())
          for (const pull of pulls) await pull.bind("inproc://name")
          for (const order of [paths, paths.slice().reverse()]) {
            const worker = new Worker(${JSON.stringify(program)}, { eval: true, workerData: order })
            const exited = once(worker, "exit")
            for (const pull of order === paths ? pulls : pulls.slice().reverse()) console.log(String(await pull.receive()))
            await exited
          }
          for (const pull of pulls) pull.close()
        })()`
      const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", script], { cwd: root })
      expect(stdout).to.equal("0\n1\n0\n1\n")
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it("works whatever value is stored under the keys of its context and its threads", async function () {
    this.timeout(60_000)
    const script = `
      const { setEnvironmentData, Worker } = require("node:worker_threads")
      const { once } = require("node:events")
      const path = ${JSON.stringify(new URL("dist/node/index.cjs", root).pathname)}
      const names = ["zmtp.context", "zmtp.context ${packageVersion}"]
      const keys = ["zmtp.threads.1", "zmtp.threads ${packageVersion}"]
      const values = [
        null, 5, "text", {}, { inproc: {}, sockets: 0, settings: {} }, { ledger: new SharedArrayBuffer(8), parent: 0 },
        { inproc: null, sockets: 0, socketLimit: undefined, settings: null }, { ledger: {}, parent: "0" },
      ]
      const program = \`
        const { workerData } = require("node:worker_threads")
        if (workerData.name) globalThis[Symbol.for(workerData.name)] = workerData.value
        const { Pull, Push } = require(\${JSON.stringify(path)})
        const [push, pull] = [new Push(), new Pull()]
        pull.bindSync("inproc://name")
        push.connect("inproc://name")
        push.send("hello").then(() => pull.receive()).then(([text]) => console.log(String(text)))\`
      ;(async () => {
        for (const value of values) {
          for (const name of names) {
            const worker = new Worker(program, { eval: true, workerData: { name, value } })
            await once(worker, "exit")
          }
          for (const key of keys) {
            setEnvironmentData(key, value)
            const worker = new Worker(program, { eval: true, workerData: {} })
            await once(worker, "exit")
            setEnvironmentData(key, undefined)
          }
        }
      })()`
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", script], { cwd: root })
    expect(stdout).to.equal("hello\n".repeat(8 * 4))
  })

  it("has `zmtp/msgpack` as ESM and CommonJS, separate from the sockets of the main entry point", async () => {
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

  it("does not require the packages that only some entries use", async () => {
    const manifest = JSON.parse(await readFile(new URL("package.json", root), "utf8")) as {
      peerDependencies: Record<string, string>
      peerDependenciesMeta: Record<string, { optional: boolean }>
    }
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name]).to.deep.equal({ optional: true })
    }
  })

  const DRAFTS = "Channel,Client,Datagram,Dish,Gather,Peer,Radio,Scatter,Server,default"

  it("exports the draft sockets to both kinds of modules, with those of the main entry, and warns once", async () => {
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

  it("supports all transports for the draft sockets if nothing else is loaded", async () => {
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

  it("does not know draft sockets before their entry is loaded: EINVAL", async () => {
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

  /** Whether each of `facts`, which are expressions, is true before the first endpoint of `tcp://`, and after it. */
  async function atFirstEndpoint(...facts: readonly string[]): Promise<string> {
    const program = `
      const { basename } = require("node:path")
      const loaded = (name) => process.moduleLoadList.includes("NativeModule " + name)
      const facts = () => [${facts.join()}]
      const { Pair } = require("zmtp")
      const pair = new Pair()
      pair.bindSync("inproc://first")
      const before = facts()
      pair.bindSync("tcp://127.0.0.1:*")
      const after = facts()
      pair.close()
      // Printing loads modules, too.
      console.log(before.join(), after.join())`
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", program], { cwd: root })
    return stdout
  }

  it("loads the code of connections with the first endpoint", async () => {
    const fact = 'Object.keys(require.cache).some((file) => basename(file).startsWith("network"))'
    expect(await atFirstEndpoint(fact)).to.equal("false true\n")
  })

  it("loads the modules of Node that connections need with the first endpoint", async function () {
    if (RUNTIME !== "Node") skip(this, "only Node lists the modules that it has loaded")
    const facts = ["net", "os", "dns", "tls", "http"].map((name) => `loaded("${name}")`)
    expect(await atFirstEndpoint(...facts)).to.equal("false,false,false,false,false true,true,false,false,false\n")
  })

  it("has every class under its own name, in both builds", async () => {
    const script = `
      import { createRequire } from "node:module"
      const require = createRequire(import.meta.url)
      let classes = 0
      for (const entry of ["zmtp", "zmtp/draft", "zmtp/protocol", "zmtp/testing", "zmtp/transport", "zmtp/v5-compat"]) {
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

  it("has named exports and a default export that contains them in CommonJS", async () => {
    const script = `const zmq = require("zmtp"); console.log(typeof zmq.Push, zmq.default.Push === zmq.Push, zmq.__esModule)`
    const { stdout } = await run(process.execPath, ["--input-type=commonjs", "--eval", script], { cwd: root })
    expect(stdout).to.equal("function true true\n")
  })
})

describe("code of the package", () => {
  it("has comments in dist/node only, apart from notices and annotations", async () => {
    const has = async (file: string): Promise<boolean> =>
      /^ *(?:\/\*\*|\/\/)/m.test(await readFile(new URL(`dist/${file}`, root), "utf8"))
    const files = (await readdir(new URL("dist/", root), { recursive: true })).filter((name) => /\.[cm]?js$/.test(name))
    const commented = (await Promise.all(files.map(async (name) => [name, await has(name)] as const))).filter(
      ([, found]) => found,
    )
    expect(commented.map(([name]) => name).filter((name) => !name.startsWith("node/"))).to.deep.equal([])
    expect(commented.map(([name]) => name)).to.include("node/core.cjs")
  })

  it("has one byte for each character in dist/node", async () => {
    const names = (await readdir(new URL("dist/node/", root))).filter((name) => name.endsWith(".cjs"))
    expect(names).to.include("core.cjs")
    for (const name of names.filter((name) => !/^(?:ws|io-thread-text)\./.test(name))) {
      expect(await readFile(new URL(`dist/node/${name}`, root), "utf8"), name).to.match(/^[\0-\xff]*$/)
    }
  })

  it("is readable itself, without source maps", async () => {
    const names = await readdir(new URL("dist/", root), { recursive: true })
    expect(names.filter((name) => name.endsWith(".map"))).to.deep.equal([])
    for (const name of names.filter((name) => /\.[cm]?js$/.test(name))) {
      expect(await readFile(new URL(`dist/${name}`, root), "utf8"), name).to.not.include("sourceMappingURL")
    }
  })

  it("loads the modules of Node without require, which esbuild leaves in ES modules, where it fails", async () => {
    const names = (await readdir(new URL("dist/node/", root))).filter((name) => name.endsWith(".cjs"))
    // The command line is not bundled.
    for (const name of names.filter((name) => name !== "main.cjs")) {
      const required = [...(await readFile(new URL(`dist/node/${name}`, root), "utf8")).matchAll(REQUIRED)]
      const others = required.map(([, module]) => module!).filter((module) => !/^\.\/[\w-]+\.cjs$/.test(module))
      expect(others, name).to.deep.equal(name === "msgpack.cjs" ? ["@msgpack/msgpack"] : [])
    }
  })

  it("contains ws and libsodium once, without require, which no runtime resolves in a bundle of ES modules", async () => {
    const names = await readdir(new URL("dist/", root), { recursive: true })
    const bundled = names.filter((name) => /(?:^|\/)(?:ws|libsodium)\.[cm]?js$/.test(name)).sort()
    expect(bundled).to.deep.equal(["node/libsodium.cjs", "node/ws.cjs"])
    for (const name of bundled) {
      expect(await readFile(new URL(`dist/${name}`, root), "utf8"), name).to.not.match(/\brequire\b/)
    }
  })

  it("does not repeat in dist/node what the declarations document", async () => {
    const [code, ...types] = await Promise.all(
      ["node/core.cjs", "node/api.d.cts", "node/common.d.cts"].map((name) =>
        readFile(new URL(`dist/${name}`, root), "utf8"),
      ),
    )
    const commentsOf = (text: string): string[] =>
      (text.match(/\/\*\*[^]*?\*\//g) ?? []).map((comment) => comment.replace(/[\s*/]+/g, " "))
    const documented = new Set(types.flatMap(commentsOf))
    expect(documented.size).to.be.above(300)
    expect(commentsOf(code!).filter((comment) => documented.has(comment))).to.deep.equal([])
  })
})

/** A call of `require` at the beginning of a line, or of a function, but not in the text of the program of I/O threads. */
const REQUIRED = /^[^"]*?\brequire\(["'](.*?)["']\)/gm
