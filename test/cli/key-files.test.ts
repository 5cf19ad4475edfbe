import { expect } from "chai"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { UsageError } from "../../src/cli/command.js"
import { readKeys, writeKeys } from "../../src/cli/key-files.js"
import { curveKeyPair } from "../../src/index.js"

describe("key files", () => {
  const folder = mkdtempSync(join(tmpdir(), "zmtp-keys-"))
  const path = join(folder, "server")
  const keys = curveKeyPair()

  after(() => {
    rmSync(folder, { recursive: true })
  })

  it("contain both keys, readable only by their user, and the public key, readable by everyone", () => {
    writeKeys(path, keys)
    expect(readKeys(`${path}_secret`)).to.include(keys)
    expect(readKeys(path).publicKey).to.equal(keys.publicKey)
    expect(readFileSync(path, "utf8")).to.not.include(keys.secretKey)
    if (process.platform !== "win32") expect(statSync(`${path}_secret`).mode & 0o777).to.equal(0o600)
  })

  it("are not overwritten", () => {
    expect(() => {
      writeKeys(path, curveKeyPair())
    }).to.throw(`${path}_secret already exists`)
    expect(readKeys(`${path}_secret`)).to.include(keys)
  })

  it("are both left unchanged when one of them exists", () => {
    const other = join(folder, "other")
    writeFileSync(other, "")
    expect(() => {
      writeKeys(other, curveKeyPair())
    }).to.throw(`${other} already exists`)
    expect(existsSync(`${other}_secret`)).to.equal(false)
    expect(() => {
      writeKeys(join(folder, "missing", "key"), curveKeyPair())
    }).to.throw("Cannot write")
  })

  it("are named in the error when they cannot be read", () => {
    writeFileSync(join(folder, "empty"), "")
    expect(() => readKeys(join(folder, "missing"))).to.throw(UsageError, "missing' is neither a key of 40 characters")
    expect(() => readKeys(join(folder, "empty"))).to.throw(UsageError, `${join(folder, "empty")}: `)
  })
})
