import { expect } from "chai"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { concurrent } from "./support/concurrent.js"
import { RUNTIME } from "./support/runtime.js"

const run = promisify(execFile)
/** Permissions that Deno needs to load all modules. */
const TRUSTED = RUNTIME === "Deno" ? ["run", "--allow-all"] : []
const root = fileURLToPath(new URL("../", import.meta.url))

/** What pages and workers do with the library and its results. It must compile with the declarations of both. */
const PROGRAM = `
  import zmtp, { context, joinContext, Subscriber, useWebSockets, type Message } from "zmtp/browser"
  useWebSockets()
  joinContext(context, self)
  joinContext(context, new MessageChannel().port1)
  joinContext(context, new Worker("worker.js")).close()
  const subscriber = new Subscriber({ receiveTimeout: 1000 })
  subscriber.subscribe("news", new Uint8Array(2))
  subscriber.connect("wss://example.com/feed")
  export async function read(): Promise<void> {
    for await (const [topic, body] of subscriber) {
      const frame: Message = body
      console.log(new TextDecoder().decode(topic), new Blob([frame]), zmtp.version)
      await fetch("/upload", { method: "POST", body: frame })
      await crypto.subtle.digest("SHA-256", frame)
    }
  }
`

/** Module modes that web projects use. None of them requires setting a condition. */
const MODES = [
  { module: "esnext", moduleResolution: "bundler", type: "module" },
  { module: "nodenext", moduleResolution: "nodenext", type: "module" },
  { module: "nodenext", moduleResolution: "nodenext", type: "commonjs" },
]

describe("zmtp/browser", function () {
  this.timeout(120_000)
  const test = concurrent(2)
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "zmtp-browser-"))
    // Deno only finds packages that are listed as dependencies.
    await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies: { zmtp: "*" } }))
    await mkdir(join(folder, "node_modules"))
    await symlink(root, join(folder, "node_modules/zmtp"))
  })

  after(() => rm(folder, { recursive: true }))

  for (const compiler of ["typescript-5.0", "typescript", "typescript-newest"]) {
    for (const { type, ...mode } of MODES) {
      for (const lib of ["dom", "webworker"]) {
        test(`has the types of pages in ${compiler}: ${mode.moduleResolution}, ${type}, ${lib}`, async () => {
          const project = await mkdtemp(join(folder, "project-"))
          await writeFile(join(project, "package.json"), JSON.stringify({ type }))
          const libraries = lib === "dom" ? ["es2022", "dom", "dom.iterable"] : ["es2022", "webworker"]
          const options = { target: "es2022", strict: true, noEmit: true, esModuleInterop: true, types: [] }
          const compilerOptions = { ...options, ...mode, lib: libraries, exactOptionalPropertyTypes: true }
          await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }))
          await writeFile(join(project, "page.ts"), PROGRAM)
          const tsc = join(root, "node_modules", compiler, "bin/tsc")
          const said = await run(process.execPath, [tsc, "-p", project, "--pretty", "false"]).then(
            () => "",
            (error: unknown) => (error as { stdout: string }).stdout,
          )
          expect(said).to.equal("")
        })
      }
    }
  }

  /** Runs `program` in Node and returns its output. */
  async function printed(program: string, type: "module" | "commonjs"): Promise<string> {
    const file = join(folder, `program-${Math.random()}.${type === "module" ? "mjs" : "cjs"}`)
    await writeFile(file, program)
    const { stdout } = await run(process.execPath, [...TRUSTED, file], { timeout: 20_000 })
    return stdout.trim()
  }

  const USE = `
    useWebSockets()
    const [reply, request] = [new Reply(), new Request()]
    const done = reply.bind("ws://127.0.0.1:*").then(async () => {
      request.connect(reply.lastEndpoint)
      await request.send("question")
      const [question] = await reply.receive()
      await reply.send(question)
      const [answer] = await request.receive()
      for (const socket of [reply, request]) socket.close()
      return [String(answer), capability.ws, typeof joinContext].join()
    })
  `

  it("is importable in Node, for server-side rendering and tests, with Node's sockets", async () => {
    const names = "{ capability, joinContext, Reply, Request, useWebSockets }"
    const es = `import ${names} from "zmtp/browser"; import * as zmtp from "zmtp"; ${USE}
      console.log(await done, Reply === zmtp.Reply)`
    expect(await printed(es, "module")).to.equal("question,true,function true")
    const cjs = `const ${names} = require("zmtp/browser"); ${USE}
      done.then((text) => console.log(text, Reply === require("zmtp").Reply))`
    expect(await printed(cjs, "commonjs")).to.equal("question,true,function true")
  })

  it("has the same names in pages, in Node, and in Workers", async () => {
    const namesIn = async (file: string): Promise<string[]> => {
      const code = `import * as all from ${JSON.stringify(new URL(`../dist/${file}`, import.meta.url).href)}
        console.log(Object.keys(all).sort().join(), "|", Object.keys(all.default).sort().join())`
      return (await printed(code, "module")).split(" | ")
    }
    const inPages = await namesIn("browser/index.js")
    expect(await namesIn("bundlers/browser-node.js")).to.deep.equal(inPages)
    expect(await namesIn("node/browser-node.mjs")).to.deep.equal(inPages)
    const worker = await readFile(new URL("../dist/workerd/browser-workerd.js", import.meta.url), "utf8")
    const exported = [...worker.matchAll(/^export \{ (.*) \}/gm)].flatMap(([, list]) => list!.split(", "))
    expect(
      exported
        .map((item) => item.split(" as ").pop())
        .sort()
        .join(),
    ).to.equal(inPages[0])
  })

  it("links contexts in Node, and explains why the default one cannot be linked", async () => {
    const program = `import { Context, context, joinContext, Pull, Push } from "zmtp/browser"
      const { port1, port2 } = new MessageChannel()
      const [here, there] = [new Context(), new Context()]
      const links = [joinContext(here, port1), joinContext(there, port2)]
      const [pull, push] = [new Pull({ context: here }), new Push({ context: there })]
      await pull.bind("inproc://a")
      push.connect("inproc://a")
      await push.send("hello")
      console.log(String(await pull.receive()))
      for (const closable of [pull, push, ...links]) closable.close()
      try {
        joinContext(context, new MessageChannel().port1)
      } catch ({ code, message }) {
        console.log(code, message)
        process.exit()
      }`
    expect(await printed(program, "module")).to.equal(
      "hello\nENOTSUP All threads already share the default context: create a new Context and join that",
    )
  })

  it("consists of the same modules as zmtp in bundles for pages", async () => {
    const { metafile } = await build({
      stdin: { contents: PROGRAM + 'export * from "zmtp"', resolveDir: folder, loader: "ts" },
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "browser",
      outdir: folder,
    })
    const files = Object.keys(metafile.inputs).filter((file) => file.includes("dist/"))
    expect(files.every((file) => file.includes("dist/browser/"))).to.equal(true)
    expect(files.filter((file) => file.endsWith("/index.js"))).to.have.length(1)
  })
})
