import commonjs from "@rollup/plugin-commonjs"
import { nodeResolve } from "@rollup/plugin-node-resolve"
import { expect } from "chai"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { rollup } from "rollup"
import { build as viteBuild } from "vite"
import webpack from "webpack"

const run = promisify(execFile)
const root = fileURLToPath(new URL("../../", import.meta.url))

/** The types describe the plugin as a property of the default export, but in Node it is the default export itself. */
const commonJs = commonjs as unknown as typeof commonjs.default

/** The output of the program if it succeeds. */
const PRINTED = "task 1, hello!\n"

/** The output of a Node process, which has to exit by itself without an error. */
async function node(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd, timeout: 60_000 })
  return stdout
}

function modules(path: string): string {
  return join(root, "node_modules", path)
}

/** Uses the package as it would be published, installed under the name of the package that it replaces. */
describe("zmtp in place of zeromq", function () {
  this.timeout(90_000)

  let folder: string
  let app: string
  let tarball: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "zmtp-swap-"))
    app = join(folder, "app")
    await mkdir(join(app, "node_modules/zeromq"), { recursive: true })
    await mkdir(join(app, "node_modules/@types"))
    await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root })
    tarball = join(
      folder,
      (await readdir(folder)).find((name) => name.endsWith(".tgz"))!,
    )
    await run("tar", ["-xzf", tarball, "-C", join(app, "node_modules/zeromq"), "--strip-components=1"])
    for (const name of ["@types/node", "undici-types"]) await symlink(modules(name), join(app, "node_modules", name))
    await cp(join(root, "test/swap/programs"), app, { recursive: true })
    await writeFile(join(app, "package.json"), "{}")
  })

  after(() => rm(folder, { recursive: true, force: true }))

  it("runs from an ES module", async () => {
    expect(await node(app, "program.mjs")).to.equal(PRINTED)
  })

  it("runs from CommonJS", async () => {
    expect(await node(app, "program.cjs")).to.equal(PRINTED)
  })

  it("runs with default imports, also of v5-compat", async () => {
    expect(await node(app, "default.mjs")).to.equal("task 1, 4.3.5\n")
  })

  for (const [name, extension] of [
    ["an ES module", "mts"],
    ["CommonJS", "cts"],
  ] as const) {
    it(`compiles and runs from TypeScript as ${name}`, async () => {
      await cp(join(app, "typed.ts"), join(app, `typed.${extension}`))
      const flags = "--target es2022 --module nodenext --strict --skipLibCheck false --types node".split(" ")
      await node(app, modules("typescript-newest/bin/tsc"), ...flags, `typed.${extension}`)
      expect(await node(app, `typed.${extension.replace("t", "j")}`)).to.equal(PRINTED)
    })
  }

  it("runs in Jest", async () => {
    const output = await node(app, modules("jest/bin/jest.js"), "--rootDir", app, "--json", "--no-watchman")
    expect(JSON.parse(output)).to.include({ numPassedTests: 2, numFailedTests: 0, success: true })
  })

  for (const [format, program] of [
    ["esm", "program.mjs"],
    ["cjs", "program.cjs"],
  ] as const) {
    it(`runs from a bundle of esbuild: ${format}`, async () => {
      const outfile = join(folder, "esbuild", program)
      const options = { bundle: true, platform: "node", target: "node20", logLevel: "silent" } as const
      const { warnings } = await build({ ...options, entryPoints: [join(app, program)], outfile, format })
      expect(warnings).to.deep.equal([])
      expect(await node(folder, outfile)).to.equal(PRINTED)
    })
  }

  for (const program of ["program.mjs", "program.cjs"]) {
    it(`runs from a bundle of webpack: ${program}`, async () => {
      const path = join(folder, "webpack", program)
      const compiler = webpack({
        mode: "none",
        target: "node20",
        context: app,
        entry: `./${program}`,
        output: { path, filename: "bundle.cjs" },
      })
      const { errors, warnings } = await new Promise<webpack.StatsCompilation>((resolve, reject) => {
        compiler.run((error, stats) => {
          compiler.close(() => {
            if (stats === undefined) reject(error ?? new Error("No bundle"))
            else resolve(stats.toJson({ all: false, errors: true, warnings: true }))
          })
        })
      })
      expect([errors, warnings]).to.deep.equal([[], []])
      expect(await node(folder, join(path, "bundle.cjs"))).to.equal(PRINTED)
    })
  }

  it("runs from a bundle of rollup", async () => {
    const warnings: string[] = []
    const bundle = await rollup({
      input: join(app, "program.mjs"),
      external: /^node:/,
      plugins: [nodeResolve({ exportConditions: ["node"], preferBuiltins: true }), commonJs()],
      onwarn: ({ message }) => warnings.push(message),
    })
    const dir = join(folder, "rollup")
    // Code that loads on demand stays in separate files.
    await bundle.write({ dir, format: "es", entryFileNames: "bundle.mjs", chunkFileNames: "[name].mjs" })
    await bundle.close()
    expect(warnings).to.deep.equal([])
    expect(await node(folder, join(dir, "bundle.mjs"))).to.equal(PRINTED)
  })

  it("runs from a bundle of Vite", async () => {
    const outDir = join(folder, "vite")
    await viteBuild({
      root: app,
      configFile: false,
      logLevel: "silent",
      build: { ssr: "program.mjs", outDir, minify: true, target: "node20" },
      ssr: { noExternal: true },
    })
    expect(await node(folder, join(outDir, "program.mjs"))).to.equal(PRINTED)
  })

  it("is installed for a package that depends on zeromq, by npm's overrides", async () => {
    const project = join(folder, "overrides")
    const dependent = { name: "dependent", version: "1.0.0", main: "service.cjs", dependencies: { zeromq: "^6.0.0" } }
    await mkdir(join(project, "dependent"), { recursive: true })
    await cp(join(app, "service.cjs"), join(project, "dependent/service.cjs"))
    await writeFile(join(project, "dependent/package.json"), JSON.stringify(dependent))
    const manifest = { dependencies: { dependent: "file:dependent" }, overrides: { zeromq: `file:${tarball}` } }
    await writeFile(join(project, "package.json"), JSON.stringify(manifest))
    const flags = ["--offline", "--install-links", "--ignore-scripts", "--no-audit", "--no-fund"]
    await run("npm", ["install", ...flags], { cwd: project, timeout: 60_000 })
    const script = `require("dependent").run().then(console.log)`
    expect(await node(project, "--eval", script)).to.equal(PRINTED)
  })

  it("is installed for a package that depends on zeromq 5, by npm's overrides with zmtp-v5, without install scripts", async () => {
    await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], {
      cwd: join(root, "packages/zmtp-v5"),
    })
    const v5 = `file:${join(
      folder,
      (await readdir(folder)).find((name) => /^zmtp-v5.*\.tgz$/.test(name))!,
    )}`
    const project = join(folder, "overrides-v5")
    const dependent = { name: "dependent", version: "1.0.0", main: "callbacks.cjs", dependencies: { zeromq: "^5.2.0" } }
    await mkdir(join(project, "dependent"), { recursive: true })
    const program = await readFile(join(app, "callbacks.cjs"), "utf8")
    await writeFile(join(project, "dependent/callbacks.cjs"), program.replace("zeromq/v5-compat", "zeromq"))
    await writeFile(join(project, "dependent/package.json"), JSON.stringify(dependent))
    const overrides = { zeromq: v5, zmq: v5, zmtp: `file:${tarball}` }
    const manifest = { dependencies: { dependent: "file:dependent" }, overrides }
    await writeFile(join(project, "package.json"), JSON.stringify(manifest))
    const flags = ["--offline", "--install-links", "--ignore-scripts", "--no-audit", "--no-fund"]
    await run("npm", ["install", ...flags], { cwd: project, timeout: 60_000 })
    expect(await node(project, "--eval", `require("dependent").run().then(console.log)`)).to.equal("task 1\n")
  })
})
