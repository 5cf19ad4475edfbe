// The environments in which the package runs. The output of each is compared with the expected output.
import { build as esbuild } from "esbuild"
import commonjs from "@rollup/plugin-commonjs"
import { nodeResolve } from "@rollup/plugin-node-resolve"
import { cp, readdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { rollup } from "rollup"
import { build as vite, createServer } from "vite"
import webpack from "webpack"
import { node, root, run, runtime } from "./stage.mjs"

/** Output of test/hosts/programs/everything. */
const EVERYTHING = "tcp curve ws draft v5 one"
const PAGE = "inproc Uint8Array"
const IO_THREADS = "I/O thread"

const JEST = "jest/bin/jest.js"
const JSDOM = "jest-environment-jsdom@30.5.2"
const VITEST = "vitest@5.1.2"
const METRO = ["metro@0.87.1", "react-native-tcp-socket@6.4.3", "eventemitter3@5.0.1", "buffer@6.0.3"]
const SERVERS = ["express@5.1.0", "fastify@5.6.1", "socket.io@4.8.1", "socket.io-client@4.8.1", "ws@8.18.3"]
const FASTIFY = "fastify@5.6.1"
const NEST = [
  ...["common", "core", "microservices"].map((name) => `@nestjs/${name}@11.2.6`),
  ...["reflect-metadata@0.2.2", "rxjs@7.8.2"],
]
const NEXT = ["next@16.4.6", "react@19.2.0", "react-dom@19.2.0"]

/**
 * @typedef {object} Host
 * @property {string} name
 * @property {true} [fetches] Whether it needs packages that are not installed in this repository.
 * @property {string} expected
 * @property {(stage: import("./stage.mjs").Stage) => Promise<string>} run
 */

/** @type {Host[]} */
export const HOSTS = [
  host("Node, ES module", EVERYTHING, async (stage) => node(await stage.project(), "main.mjs")),
  host("Node, CommonJS", EVERYTHING, async (stage) => node(await stage.project(), "main.cjs")),
  host("Node, both in one process", `${EVERYTHING} same`, async (stage) => node(await stage.project(), "both.mjs")),
  host("Node, I/O threads", IO_THREADS, async (stage) => node(await stage.project(), "io-threads.mjs")),

  typed("nodenext, ES module", { module: "nodenext", moduleResolution: "nodenext" }, "module"),
  typed("nodenext, CommonJS", { module: "nodenext", moduleResolution: "nodenext" }, "commonjs"),
  typed("bundler", { module: "esnext", moduleResolution: "bundler" }, "module"),
  typed("node10", { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0" }, "commonjs"),
  typed("nodenext, ES2020, no dom", { module: "nodenext", target: "es2020", lib: ["es2020"] }, "module"),
  typed("nodenext, ES2020, dom", { module: "nodenext", target: "es2020", lib: ["es2020", "dom"] }, "module"),
  typed(
    "node10, ES2020, dom",
    {
      module: "commonjs",
      moduleResolution: "node10",
      ignoreDeprecations: "6.0",
      target: "es2020",
      lib: ["es2020", "dom"],
    },
    "commonjs",
  ),

  bundledByWebpack("node", "main.mjs", EVERYTHING),
  bundledByWebpack("node", "main.cjs", EVERYTHING),
  bundledByWebpack("electron-main", "main.mjs", EVERYTHING),
  bundledByWebpack("electron-preload", "main.mjs", EVERYTHING),
  bundledByWebpack("electron-renderer", "main.mjs", EVERYTHING),
  bundledByWebpack("node", "io-threads.mjs", IO_THREADS),
  bundledByWebpack("electron-main", "io-threads.mjs", IO_THREADS),
  bundledByWebpack("web", "page.mjs", PAGE),

  host("Vite, client", PAGE, async (stage) => {
    const project = await stage.project()
    await viteBuild(project, { rollupOptions: { input: join(project, "page.mjs") } })
    return node(project, await onlyFile(join(project, "out/assets")))
  }),
  host("Vite, SSR, bundled", EVERYTHING, async (stage) => {
    const project = await stage.project()
    await viteBuild(project, { ssr: "main.mjs" }, { ssr: { noExternal: true } })
    return node(project, "out/main.mjs")
  }),
  host("Vite, SSR, bundled, I/O threads", IO_THREADS, async (stage) => {
    const project = await stage.project()
    await viteBuild(project, { ssr: "io-threads.mjs" }, { ssr: { noExternal: true } })
    return node(project, "out/io-threads.mjs")
  }),
  host("Vite, SSR, external", EVERYTHING, async (stage) => {
    const project = await stage.project()
    await viteBuild(project, { ssr: "main.mjs" })
    return node(project, "out/main.mjs")
  }),
  host("Vite, SSR, development server", EVERYTHING, async (stage) => {
    const project = await stage.project({ type: "module" })
    const server = await createServer({
      root: project,
      configFile: false,
      logLevel: "silent",
      server: { middlewareMode: true, ws: false },
      appType: "custom",
    })
    try {
      const { run: everything } = await server.ssrLoadModule("/everything.mjs")
      return await everything()
    } finally {
      await server.close()
    }
  }),

  bundledByEsbuild("node, ES module", "main.mjs", EVERYTHING, {
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
  }),
  bundledByEsbuild("node, CommonJS", "main.cjs", EVERYTHING, {
    platform: "node",
    format: "cjs",
    outExtension: { ".js": ".cjs" },
  }),
  bundledByEsbuild("node, ES module, I/O threads", "io-threads.mjs", IO_THREADS, {
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
  }),
  bundledByEsbuild("node, CommonJS, I/O threads", "io-threads.mjs", IO_THREADS, {
    platform: "node",
    format: "cjs",
    outExtension: { ".js": ".cjs" },
  }),
  bundledByEsbuild("browser", "page.mjs", PAGE, {
    platform: "browser",
    format: "iife",
    outExtension: { ".js": ".cjs" },
  }),

  host("rollup, node", EVERYTHING, (stage) =>
    rolledUp(stage, "main.mjs", { exportConditions: ["node"], preferBuiltins: true }),
  ),
  host("rollup, node, I/O threads", IO_THREADS, (stage) =>
    rolledUp(stage, "io-threads.mjs", { exportConditions: ["node"], preferBuiltins: true }),
  ),
  host("rollup, browser", PAGE, (stage) => rolledUp(stage, "page.mjs", { browser: true })),

  jest("Jest, node", ["jest"], {}),
  jest(
    "Jest, node, ES modules",
    ["jest"],
    { testMatch: ["**/*.test.mjs"], moduleFileExtensions: ["mjs", "cjs", "js"] },
    ["--experimental-vm-modules"],
  ),
  jest("Jest, jsdom", ["jest", JSDOM], { testEnvironment: "jsdom" }),
  jest("Jest, jsdom, conditions of node", ["jest", JSDOM], {
    testEnvironment: "jsdom",
    testEnvironmentOptions: { customExportConditions: ["node"] },
  }),

  ...["npm@11.6.0", "npm@12.2.2"].map((npm) =>
    // The package has no install scripts, so blocking all scripts has no effect.
    fetching(`${npm}, install scripts blocked`, EVERYTHING, async (stage) => {
      const npmCli = join(await stage.project({ tools: [npm] }), "node_modules/npm/bin/npm-cli.js")
      const project = await stage.project()
      await rm(join(project, "node_modules"), { recursive: true })
      await writeFile(join(project, "package.json"), JSON.stringify({ private: true }))
      const flags = ["--ignore-scripts", "--offline", "--no-audit", "--no-fund"]
      await node(project, npmCli, "install", stage.tarballs.zmtp, ...flags)
      return node(project, "main.mjs")
    }),
  ),

  fetching(
    "Vitest",
    "3 passed",
    async (stage) => {
      const project = await stage.project({ tools: [VITEST] })
      const said = await node(project, "node_modules/vitest/vitest.mjs", "run", "vitest.spec.mjs", "--root", project)
      return /\d+ passed(?= \(\d+\)\s+Start)/.exec(said)?.[0] ?? said
    },
    "vitest",
  ),

  fetching("Metro, react-native-tcp-socket", "question: answer", async (stage) => {
    const project = await stage.project({ tools: METRO, from: "test/hosts/react-native" })
    await cp(join(root, "examples/react-native/client.js"), join(project, "client.js"))
    return node(project, "run.mjs")
  }),
  fetching(
    "Servers shared with express, fastify, socket.io, and ws, in every order",
    "express, fastify, socket.io, ws with a path, ws without a path",
    async (stage) => node(await stage.project({ tools: SERVERS }), "servers.mjs"),
  ),
  fetching("Fastify, the example with a worker pool", '{"limit":100000,"primes":9592}', async (stage) => {
    const project = await stage.project({ tools: [FASTIFY], from: "examples/fastify-workers" })
    // Requests the address that the example prints, and exits.
    const program = `
      const { log } = console
      console.log = async (line) => {
        log(await (await fetch(/http\\S+/.exec(line)[0])).text())
        process.kill(process.pid, "SIGTERM")
      }
      await import("./server.js")`
    await writeFile(join(project, "try.mjs"), program)
    return node(project, "try.mjs", "0")
  }),
  fetching(
    "NestJS, the transport of the examples",
    'sum: 6, countdown: 3,2,1, fail: this always fails, unknown: No handler for "unknown", event: hello',
    async (stage) => {
      const project = await stage.project({ tools: NEST, from: "examples/nestjs-transport" })
      return (await node(project, "main.js")).replaceAll("\n", ", ")
    },
  ),

  fetching("Bun", `${EVERYTHING} same`, async (stage) =>
    run(await runtime("bun@1.4.5"), ["both.mjs"], { cwd: await stage.project() }),
  ),
  fetching("Bun, CommonJS", EVERYTHING, async (stage) =>
    run(await runtime("bun@1.4.5"), ["main.cjs"], { cwd: await stage.project() }),
  ),
  bundledByBun("Bun, bundle for node, --conditions module", "main", EVERYTHING),
  bundledByBun("Bun, bundle for node, --conditions module, I/O threads", "io-threads", IO_THREADS),
  fetching("Deno", `${EVERYTHING} same`, async (stage) =>
    run(await runtime("deno@2.9.6"), ["run", "--allow-all", "--no-lock", "--node-modules-dir=manual", "both.mjs"], {
      cwd: await stage.project({ type: "module" }),
    }),
  ),

  fetching("JSR, without slow types", "passed", async (stage) => {
    const project = await stage.project()
    await node(root, "scripts/jsr.mjs")
    for (const name of ["jsr", "jsr.json", "README.md", "CHANGELOG.md", "LICENSE", "dist/THIRD-PARTY-LICENSES.md"]) {
      await cp(join(root, name), join(project, name), { recursive: true })
    }
    await run(await runtime("deno@2.9.6"), ["publish", "--dry-run", "--allow-dirty"], { cwd: project })
    return "passed"
  }),

  next("Next.js, turbopack", []),
  next("Next.js, webpack", ["--webpack"]),
]

function host(name, expected, run) {
  return { name, expected, run }
}

function fetching(name, expected, run) {
  return { name, expected, run, fetches: true }
}

/** Compiles a TypeScript program with all checks of the declarations, and runs it if Node supports the output. */
function typed(name, options, type) {
  return host(`TypeScript, ${name}`, "typed true 1 function", async (stage) => {
    const tools = ["@types/node", "undici-types"]
    const project = await stage.project({ tools, type })
    const compilerOptions = {
      target: "es2022",
      strict: true,
      skipLibCheck: false,
      esModuleInterop: true,
      types: ["node"],
      outDir: "out",
      rootDir: ".",
      ...options,
    }
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["typed.ts"] }))
    await node(project, join(root, "node_modules/typescript/bin/tsc"), "-p", ".")
    return node(project, "out/typed.js")
  })
}

function bundledByWebpack(target, entry, expected) {
  const kind = entry.endsWith(".cjs") ? "CommonJS" : "ES module"
  return host(
    `webpack, ${target}, ${kind}${expected === IO_THREADS ? ", I/O threads" : ""}`,
    expected,
    async (stage) => {
      const project = await stage.project()
      const compiler = webpack({
        mode: "production",
        // Build for production, because webpack then warns about pages that are too large.
        optimization: { minimize: target === "web" },
        target,
        context: project,
        // A renderer loads further files with script elements, which exist only in Electron.
        plugins: target === "electron-renderer" ? [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })] : [],
        entry: `./${entry}`,
        output: { path: join(project, "out"), filename: "bundle.cjs", chunkFilename: "[name].cjs", publicPath: "" },
      })
      const { errors, warnings } = await new Promise((resolve, reject) => {
        compiler.run((error, stats) => {
          compiler.close(() =>
            error ? reject(error) : resolve(stats.toJson({ all: false, errors: true, warnings: true })),
          )
        })
      })
      for (const { message } of [...errors, ...warnings]) throw new Error(message)
      return node(project, "--eval", 'require("./out/bundle.cjs")')
    },
  )
}

function bundledByEsbuild(name, entry, expected, options) {
  return host(`esbuild, ${name}`, expected, async (stage) => {
    const project = await stage.project()
    const outdir = join(project, "out")
    const { warnings } = await esbuild({
      entryPoints: [join(project, entry)],
      bundle: true,
      outdir,
      logLevel: "silent",
      ...options,
    })
    for (const { text } of warnings) throw new Error(text)
    return node(project, await onlyFile(outdir))
  })
}

/** Only this bundler must be configured to use the facade for bundlers. By default, it uses the one for Node. */
function bundledByBun(name, entry, expected) {
  return fetching(name, expected, async (stage) => {
    const project = await stage.project()
    const args = ["build", `${entry}.mjs`, "--target", "node", "--conditions", "module", "--outdir", "bun-out"]
    await run(await runtime("bun@1.4.5"), args, { cwd: project })
    return node(project, `bun-out/${entry}.js`)
  })
}

async function rolledUp(stage, entry, resolving) {
  const project = await stage.project()
  const bundle = await rollup({
    input: join(project, entry),
    external: /^node:/,
    plugins: [nodeResolve(resolving), commonjs()],
    onwarn: ({ message }) => {
      throw new Error(message)
    },
  })
  await bundle.write({
    dir: join(project, "out"),
    format: "es",
    entryFileNames: "bundle.mjs",
    chunkFileNames: "[name].mjs",
  })
  await bundle.close()
  return node(project, "out/bundle.mjs")
}

function viteBuild(project, build, options = {}) {
  return vite({
    root: project,
    configFile: false,
    logLevel: "silent",
    build: { outDir: "out", minify: false, ...build },
    ...options,
  })
}

function jest(name, tools, config, flags = []) {
  const made = async (stage) => {
    const project = await stage.project({ tools })
    await writeFile(
      join(project, "jest.config.json"),
      JSON.stringify({ testMatch: ["**/*.test.cjs"], transform: {}, ...config }),
    )
    const jestOf = join(root, "node_modules", JEST)
    const args = [
      ...flags,
      jestOf,
      "--rootDir",
      project,
      "--config",
      join(project, "jest.config.json"),
      "--json",
      "--no-watchman",
    ]
    let said
    try {
      said = await node(project, ...args)
    } catch (error) {
      said = error.cause.stdout
      if (!said) throw error
    }
    const { numFailedTests, numPassedTests, testResults } = JSON.parse(said)
    if (numFailedTests > 0 || numPassedTests === 0)
      throw new Error(testResults.map(({ message }) => message).join("\n"))
    return "passed"
  }
  return tools.some((tool) => tool.includes("@", 1)) ? fetching(name, "passed", made) : host(name, "passed", made)
}

/** Builds and starts an app with a route that runs everything. */
function next(name, flags) {
  return fetching(name, EVERYTHING, async (stage) => {
    const project = await stage.project({ tools: NEXT, from: "test/hosts/next" })
    await cp(join(root, "test/hosts/programs/everything.mjs"), join(project, "everything.mjs"))
    const program = "node_modules/next/dist/bin/next"
    await rm(join(project, ".next"), { recursive: true, force: true })
    const env = { NEXT_TELEMETRY_DISABLED: "1", CI: "1" }
    await run(process.execPath, [program, "build", ...flags], { cwd: project, env, seconds: 300 })
    return node(project, "request.mjs")
  })
}

async function onlyFile(folder) {
  const files = (await readdir(folder)).filter((name) => /\.[cm]?js$/.test(name))
  if (files.length !== 1) throw new Error(`Expected one file in ${folder}, got ${files}`)
  return join(folder, files[0])
}
