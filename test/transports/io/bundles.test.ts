import { expect } from "chai"
import { build, type BuildOptions } from "esbuild"
import { spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { NODE } from "../../support/runtime.js"

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL("../../../", import.meta.url))

/**
 * Sends messages over tcp, and also with CURVE and over WebSocket, which load on demand. The first thread is started by
 * a synchronous call.
 */
const PROGRAM = `
import { Context, curveKeyPair, Pull, Push } from "zmtp"
async function run() {
  const context = new Context({ dedicatedIoThreads: 1 })
  const keys = curveKeyPair()
  for (const address of ["tcp://127.0.0.1:*", "ws://127.0.0.1:*"]) {
    const pull = new Pull({ context, curveServer: true, curveSecretKey: keys.secretKey })
    const push = new Push({ context, curveServerKey: keys.publicKey, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey })
    pull.bindSync(address)
    push.connect(pull.lastEndpoint)
    await push.send("over " + address.slice(0, 3))
    console.log(String(await pull.receive()))
    push.close()
    pull.close()
  }
}
run().catch(({ code, message }) => console.log(code, message))`

const WITH_CODE = `import "zmtp/io-threads"\n${PROGRAM}`
const MESSAGES = "over tcp\nover ws:\n"
const REFUSED =
  'ENOTSUP This bundle does not contain the code of I/O threads: add the line import "zmtp/io-threads" to the program\n'

describe("I/O threads of a bundled program", function () {
  this.timeout(60_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "zmtp-bundle-"))
    mkdirSync(join(folder, "node_modules"))
    symlinkSync(root, join(folder, "node_modules", "zmtp"), "dir")
  })
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** Bundles `program` into a single file, and returns its path. */
  async function bundle(program: string, format: "esm" | "cjs", options: BuildOptions = {}): Promise<string> {
    const name = Math.random().toString(36).slice(2)
    const outfile = join(folder, `${name}.${format === "esm" ? "mjs" : "cjs"}`)
    const entry = join(folder, `${name}-program.mjs`)
    writeFileSync(entry, program)
    const { warnings } = await build({
      entryPoints: [entry],
      bundle: true,
      platform: "node",
      format,
      outfile,
      logLevel: "silent",
      ...options,
    })
    expect(warnings).to.deep.equal([])
    return outfile
  }

  /** Runs a bundle in a folder where the package is not installed. */
  async function run(file: string): Promise<string> {
    const place = mkdtempSync(join(tmpdir(), "zmtp-bundle-"))
    try {
      cpSync(file, join(place, basename(file)))
      const child = spawn(NODE, [basename(file)], { cwd: place })
      const [said, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
      expect(errors).to.equal("")
      return said
    } finally {
      rmSync(place, { recursive: true })
    }
  }

  for (const format of ["esm", "cjs"] as const) {
    it(`run if it imports zmtp/io-threads: esbuild, ${format}`, async () => {
      expect(await run(await bundle(WITH_CODE, format))).to.equal(MESSAGES)
    })

    it(`are refused with the line to add, and not in the bundle, if it does not: esbuild, ${format}`, async () => {
      const file = await bundle(PROGRAM, format)
      expect(await run(file)).to.equal(REFUSED)
      const { code } = require(join(root, "dist/node/io-thread-text.cjs")) as { code: string }
      expect(statSync(file).size).to.be.below(statSync(await bundle(WITH_CODE, format)).size - code.length)
    })
  }

  describe("made from CommonJS", () => {
    // esbuild adds the condition `module` unless conditions are specified.
    const options = { conditions: ["require"] }
    const required = (program: string): string =>
      program.replace(/import (\{.*\}) from (".*")/g, "const $1 = require($2)").replace(/import (".*")/g, "require($1)")

    it("run if it requires zmtp/io-threads", async () => {
      expect(await run(await bundle(required(WITH_CODE), "cjs", options))).to.equal(MESSAGES)
    })

    it("fail with the line to add if it does not", async () => {
      expect(await run(await bundle(required(PROGRAM), "cjs", options))).to.equal(REFUSED)
    })
  })

  it("run from their file, without loading the text, in a program that is not bundled and imports zmtp/io-threads", async () => {
    const program = `${WITH_CODE.replace("run().catch", "await run().catch")}
      const loaded = Object.keys(createRequire(import.meta.url).cache)
      console.log(loaded.some((file) => file.endsWith("io-threads.cjs")), loaded.some((file) => file.includes("io-thread-text")))`
    const file = join(folder, "plain.mjs")
    writeFileSync(file, `import { createRequire } from "node:module"\n${program}`)
    const child = spawn(NODE, [file], { cwd: folder })
    const [said, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
    expect(errors).to.equal("")
    expect(said).to.equal(`${MESSAGES}true false\n`)
  })
})
