// Verifies the bundled software: rebuilds libsodium from its signed source and compares the files byte by byte, compares the
// built package with them and with the installed package ws, and checks all licenses.
// Requires Emscripten, see scripts/libsodium/README.md, and cargo for the source.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildVendor } from "./build/vendor.mjs"
import { readOptions } from "./options.mjs"

/** The crate that contains libsodium's source and its signature. Published crates do not change. */
const CRATE = { name: "libsodium-sys-stable", version: "1.24.3" }

/** Built files, and the files that they must equal. */
const BUNDLED = [
  ["dist/node/libsodium.cjs", "vendor/libsodium.cjs"],
  ["dist/node/ws.cjs", "vendor/ws.cjs"],
  ["dist/workerd/libsodium.wasm", "scripts/libsodium/libsodium-small.wasm"],
]

const values = readOptions("npm run check:bundled -- [options]", {
  source: { type: "string", value: "FILE", description: "archive of libsodium; fetched with cargo by default" },
})
const root = fileURLToPath(new URL("..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "check-bundled-"))
let failed = false
try {
  await check("libsodium is built from its signed source", () => {
    const source = values.source ?? fetchSource()
    run(process.execPath, "scripts/libsodium/build.mjs", "--source", source, "--check")
  })
  await check("the built package contains it, and the installed version of ws", async () => {
    await buildVendor(root)
    for (const [built, original] of BUNDLED) {
      if (!readFileSync(join(root, built)).equals(readFileSync(join(root, original)))) {
        throw new Error(`${built} differs from its source`)
      }
    }
  })
  await check("all bundled software is listed, with its license", () => {
    run(process.execPath, "scripts/licenses.mjs")
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

async function check(what, action) {
  try {
    await action()
    console.log(`ok: ${what}`)
  } catch (error) {
    failed = true
    console.error(`FAILED: ${what}\n  ${reasonOf(error)}`)
  }
}

/** The reason of a failure; for a program, its output. */
function reasonOf({ code, path, message, stderr }) {
  if (code === "ENOENT" && path === "cargo") return "cargo is missing: install it, or give the path of LATEST.tar.gz"
  const said = /^Error: .*$/m.exec(stderr ?? "")?.[0] ?? stderr?.trim()
  return said || message
}

function run(program, ...args) {
  execFileSync(program, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] })
}

/** Downloads the crate with cargo, which verifies its hash. Returns the path of the archive in it. */
function fetchSource() {
  const { name, version } = CRATE
  mkdirSync(join(folder, "src"))
  writeFileSync(join(folder, "src/lib.rs"), "")
  writeFileSync(
    join(folder, "Cargo.toml"),
    `[package]\nname = "source"\nversion = "0.0.0"\n\n[dependencies]\n${name} = "=${version}"\n`,
  )
  execFileSync("cargo", ["vendor", "--quiet"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] })
  return join(folder, "vendor", name, "LATEST.tar.gz")
}
