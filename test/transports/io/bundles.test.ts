import { expect } from "chai"
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { NODE } from "../../support/runtime.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** Messages over tcp and, so that what is loaded on first use is there too, CURVE and WebSocket. */
const PROGRAM = `
import { Context, curveKeyPair, Pull, Push } from "zmtp"
async function run() {
  const context = new Context({ dedicatedIoThreads: 1 })
  const keys = curveKeyPair()
  for (const address of ["tcp://127.0.0.1:*", "ws://127.0.0.1:*"]) {
    const pull = new Pull({ context, curveServer: true, curveSecretKey: keys.secretKey })
    const push = new Push({ context, curveServerKey: keys.publicKey, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey })
    await pull.bind(address)
    push.connect(pull.lastEndpoint)
    await push.send("over " + address.slice(0, 3))
    console.log(String(await pull.receive()))
    push.close()
    pull.close()
  }
}
run()`

describe("I/O threads of a bundled program", function () {
  this.timeout(60_000)
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "zmtp-bundle-"))
    mkdirSync(join(folder, "node_modules"))
    symlinkSync(root, join(folder, "node_modules", "zmtp"), "dir")
    writeFileSync(join(folder, "program.mjs"), PROGRAM)
  })
  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a bundle where the package is not installed. */
  async function run(file: string): Promise<{ said: string; errors: string }> {
    const child = spawn(NODE, [file], { cwd: tmpdir() })
    const [said, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { said, errors }
  }

  for (const format of ["esm", "cjs"] as const) {
    it(`have their code in the bundle: esbuild, ${format}`, async () => {
      const outfile = join(folder, `bundle.${format === "esm" ? "mjs" : "cjs"}`)
      await build({
        entryPoints: [join(folder, "program.mjs")],
        bundle: true,
        platform: "node",
        format,
        outfile,
        logLevel: "silent",
      })
      rmSync(join(folder, "node_modules", "zmtp"))
      try {
        const { said, errors } = await run(outfile)
        expect(errors).to.equal("")
        expect(said).to.equal("over tcp\nover ws:\n")
      } finally {
        symlinkSync(root, join(folder, "node_modules", "zmtp"), "dir")
      }
    })
  }

  it("are refused with what to do where the bundle has no code for them", async () => {
    const outfile = join(folder, "without.cjs")
    await build({
      entryPoints: [join(folder, "program.mjs")],
      bundle: true,
      platform: "node",
      format: "cjs",
      // As a bundler that takes CommonJS.
      conditions: ["require"],
      alias: { zmtp: join(root, "dist/node/index.cjs") },
      outfile,
      logLevel: "silent",
    })
    const { errors } = await run(outfile)
    expect(errors).to.match(/The code of I\/O threads is missing: copy dist\/node of the package zmtp to/)
    expect(errors).to.match(/code: 'ENOTSUP'/)
  })
})
