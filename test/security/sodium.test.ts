import { expect } from "chai"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const require = createRequire(import.meta.url)
const folder = new URL("../../scripts/libsodium/", import.meta.url)

describe("libsodium", () => {
  it("is the WebAssembly whose hash is in its README, and nothing else", () => {
    const kept = readFileSync(new URL("libsodium.wasm", folder))
    const hash = createHash("sha256").update(kept).digest("hex")
    expect(readFileSync(new URL("README.md", folder), "utf8")).to.include(hash)
    const { libsodium } = require("../../vendor/libsodium.cjs") as { libsodium: string }
    expect(Buffer.from(libsodium, "base64").equals(kept)).to.equal(true)
  })

  it("requires no imports", async () => {
    const module = await WebAssembly.compile(readFileSync(new URL("libsodium.wasm", folder)))
    expect(WebAssembly.Module.imports(module)).to.deep.equal([])
  })
})
