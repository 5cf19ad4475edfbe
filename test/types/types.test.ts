import { expect } from "chai"
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { concurrent } from "../support/concurrent.js"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../../", import.meta.url))

/** The module mode of a program, and the type of its package. */
const MODES = [
  { module: "node16", moduleResolution: "node16", type: "module" },
  { module: "node16", moduleResolution: "node16", type: "commonjs" },
  { module: "nodenext", moduleResolution: "nodenext", type: "module" },
  { module: "nodenext", moduleResolution: "nodenext", type: "commonjs" },
  { module: "esnext", moduleResolution: "bundler", type: "module" },
]

/** Library checks are on: the declarations of Node and our own are compiled, too. */
const OPTIONS = {
  target: "es2022",
  strict: true,
  noEmit: true,
  esModuleInterop: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  types: ["node"],
}

describe("the types", function () {
  this.timeout(90_000)
  const test = concurrent(2)
  let folder: string

  /** The errors that `compiler` reports for `programs` in the given mode. */
  async function complaints(compiler: string, programs: string[], mode: (typeof MODES)[number], lib: string[]) {
    const { type, ...module } = mode
    const project = await mkdtemp(join(folder, "project-"))
    await writeFile(join(project, "package.json"), JSON.stringify({ type }))
    const compilerOptions = { ...OPTIONS, ...module, lib }
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }))
    for (const name of programs) await cp(join(root, "test/types", name), join(project, name), { recursive: true })
    const tsc = join(root, "node_modules", compiler, "bin/tsc")
    try {
      await run(process.execPath, [tsc, "-p", project, "--pretty", "false"])
      return ""
    } catch (error) {
      return (error as { stdout: string }).stdout
    }
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "zmtp-types-"))
    await mkdir(join(folder, "node_modules/@types"), { recursive: true })
    await symlink(root, join(folder, "node_modules/zmtp"))
    for (const name of ["@types/node", "undici-types"]) {
      await symlink(join(root, "node_modules", name), join(folder, "node_modules", name))
    }
  })

  after(() => rm(folder, { recursive: true }))

  for (const mode of MODES) {
    const { type, moduleResolution } = mode
    const name = `${moduleResolution}, ${type}`
    // TypeScript 5.0 treats the two names as the same mode.
    if (moduleResolution !== "nodenext") {
      test(`compile, and reject incorrect programs, with TypeScript 5.0: ${name}`, async () => {
        expect(await complaints("typescript-5.0", ["programs"], mode, ["es2022"])).to.equal("")
      })
    }

    test(`compile, and reject incorrect programs, with the newest TypeScript: ${name}`, async () => {
      const lib = ["es2022", "esnext.disposable"]
      expect(await complaints("typescript-newest", ["programs", "newest"], mode, lib)).to.equal("")
    })
  }

  test("compile without the types of explicit resource management", async () => {
    expect(await complaints("typescript-newest", ["programs"], MODES[0]!, ["es2022"])).to.equal("")
  })
})
