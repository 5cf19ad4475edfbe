import { expect } from "chai"
import { createHash, randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { publicKeyOf } from "../../src/security/sodium.js"
import { createWebSodium } from "../../src/security/web-sodium.js"

const require = createRequire(import.meta.url)
const folder = new URL("../../scripts/libsodium/", import.meta.url)

const FILES = ["libsodium.wasm", "libsodium-small.wasm"]

function read(name: string): Buffer<ArrayBuffer> {
  return readFileSync(new URL(name, folder))
}

describe("libsodium", () => {
  it("consists of the files whose sizes and hashes are in their README", () => {
    const readme = read("README.md").toString()
    for (const name of FILES) {
      const bytes = read(name)
      const hash = createHash("sha256").update(bytes).digest("hex")
      const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\``))
      expect(row)
        .to.include(`| ${bytes.length.toLocaleString("en-US")} `)
        .and.include(`| \`${hash}\` |`)
    }
  })

  it("is in the package: with the table as text, and without it for Workers", () => {
    const { libsodium } = require("../../vendor/libsodium.cjs") as { libsodium: string }
    expect(Buffer.from(libsodium, "base64").equals(read("libsodium.wasm"))).to.equal(true)
    const module = readFileSync(new URL("../../dist/workerd/libsodium.wasm", import.meta.url))
    expect(module.equals(read("libsodium-small.wasm"))).to.equal(true)
  })

  for (const name of FILES) {
    it(`requires no imports: ${name}`, async () => {
      expect(WebAssembly.Module.imports(await WebAssembly.compile(read(name)))).to.deep.equal([])
    })
  }

  it("computes the same public keys with and without the table, as OpenSSL does", () => {
    const [fast, small] = FILES.map((name) => createWebSodium(new WebAssembly.Module(read(name))))
    const secrets = [
      new Uint8Array(32),
      new Uint8Array(32).fill(255),
      ...Array.from({ length: 50 }, () => randomBytes(32)),
    ]
    for (const secret of secrets) {
      const expected = Buffer.from(publicKeyOf(secret)).toString("hex")
      for (const crypto of [fast!, small!]) {
        expect(Buffer.from(crypto.publicKey(secret)).toString("hex")).to.equal(expected)
      }
    }
  })
})
