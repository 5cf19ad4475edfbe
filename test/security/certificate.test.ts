import { expect } from "chai"
import { curveKeyPair, encodeZ85, readCertificate, writeCertificate } from "../../src/index.js"
import { codeOf } from "../support/messages.js"

/** In the format that `zmq.auth.create_certificates` of pyzmq 27.3 writes. */
const PUBLIC = `#   ****  Generated on 2026-11-24 23:22:21.414127 by pyzmq  ****
#   ZeroMQ CURVE Public Certificate
#   Exchange securely, or use a secure mechanism to verify the contents
#   of this file after exchange. Store public certificates in your home
#   directory, in the .curve subdirectory.

metadata
curve
    public-key = "N@AO&mBQ93NYolmCLTyFDL[^57l^j#PTC8NAQWjM"
`
const SECRET = `#   ****  Generated on 2026-11-24 23:22:21.414127 by pyzmq  ****
#   ZeroMQ CURVE **Secret** Certificate
#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.

metadata
    name = Alice
    role = it's
curve
    public-key = "N@AO&mBQ93NYolmCLTyFDL[^57l^j#PTC8NAQWjM"
    secret-key = "@oteWI$Z[eTEuLRNRFdyJJ9N)FXjI7+@My5A8/+7"
`

/** A public key with the top bit set, which X25519 ignores. */
const RESPELLED = encodeZ85(Buffer.alloc(32, 0xf0))

describe("certificates (ZPL, RFC 4)", () => {
  const publicKey = "N@AO&mBQ93NYolmCLTyFDL[^57l^j#PTC8NAQWjM"
  const secretKey = "@oteWI$Z[eTEuLRNRFdyJJ9N)FXjI7+@My5A8/+7"

  it("are read as pyzmq writes them", () => {
    expect(readCertificate(PUBLIC)).to.deep.equal({ publicKey, metadata: {} })
    expect(readCertificate(SECRET)).to.deep.equal({ publicKey, secretKey, metadata: { name: "Alice", role: "it's" } })
    expect(readCertificate(SECRET.replaceAll("\n", "\r\n"))).to.deep.equal(readCertificate(SECRET))
  })

  it("are read with comments, both kinds of quotation marks, and other or deeper sections", () => {
    const text = `
version = 1.0
metadata  # of the owner
    name = "my # server" # here
    place = 'a "b"'
    more
        public-key = "deeper"
other
    public-key = "not here"
curve
    public-key = '${publicKey}' # ours
`
    expect(readCertificate(text)).to.deep.equal({ publicKey, metadata: { name: "my # server", place: 'a "b"' } })
  })

  it("are written as ZPL, and read back", () => {
    const keys = curveKeyPair()
    const metadata = { name: "my server", note: 'a "quoted" one', empty: "" }
    const text = writeCertificate({ ...keys, metadata })
    expect(text).to.equal(`metadata
    name = "my server"
    note = 'a "quoted" one'
    empty = ""
curve
    public-key = "${keys.publicKey}"
    secret-key = "${keys.secretKey}"
`)
    expect(readCertificate(text)).to.deep.equal({ ...keys, metadata })
    expect(writeCertificate({ publicKey })).to.equal(`metadata\ncurve\n    public-key = "${publicKey}"\n`)
  })

  // Lines of 10 MB. The test times out if the time to read them is not linear.
  const long = 10_000_000
  for (const [what, line] of [
    ["blanks within a value", `    note = a${" ".repeat(long)}b`],
    ["blanks between words", `    note = ${"a ".repeat(long / 2)}b`],
    ["blanks before a value", `    note =${" ".repeat(long)}b`],
    ["blanks before '='", `    note${" ".repeat(long)}= b`],
    ["blanks before a comment", `    note = b${" ".repeat(long)}# b`],
    ["blanks after quotation marks", `    note = "b"${" ".repeat(long)}# b`],
    ["a long value", `    note = ${"b".repeat(long)}`],
    ["a long comment", `    note = b ${"#".repeat(long)}`],
    ["a blank line", " ".repeat(long)],
  ] as const) {
    it(`are read in linear time: ${what}`, () => {
      const { metadata } = readCertificate(`metadata\n${line}\ncurve\n    public-key = "${publicKey}"\n`)
      if (line.trim() !== "") expect(metadata!["note"]?.at(-1)).to.equal("b")
    })
  }

  for (const [what, line] of [
    ["blanks after quotation marks, and more", `    note = "b"${" ".repeat(long)}c`],
    ["blanks after a name, and more", `    note${" ".repeat(long)}c`],
    ["an open quotation mark", `    note = "${"b".repeat(long)}`],
    ["a long name, and more", `    ${"b".repeat(long)}!`],
    ["blanks, and more", `${" ".repeat(long)}!`],
  ] as const) {
    it(`are rejected in linear time: ${what}`, () => {
      expect(codeOf(() => readCertificate(`metadata\n${line}\n`))).to.equal("EINVAL")
    })
  }

  for (const [what, text] of [
    ["no key", "metadata\n    name = x\n"],
    ["a short key", 'curve\n    public-key = "short"\n'],
    ["a key that is not Z85", `curve\n    public-key = "${"~".repeat(40)}"\n`],
    ["another spelling of a public key", `curve\n    public-key = "${RESPELLED}"\n`],
    ["a bad secret key", `curve\n    public-key = "${publicKey}"\n    secret-key = "x"\n`],
    ["odd indentation", `curve\n   public-key = "${publicKey}"\n`],
    ["an open quotation mark", `curve\n    public-key = "${publicKey}\n`],
    ["another format", "<xml/>"],
    ["nothing", ""],
  ] as const) {
    it(`are not read with ${what}`, () => {
      expect(codeOf(() => readCertificate(text))).to.equal("EINVAL")
    })
  }

  for (const [what, certificate] of [
    ["a bad key", { publicKey: "x" }],
    ["another spelling of a public key", { publicKey: RESPELLED }],
    ["a bad secret key", { publicKey, secretKey: "x".repeat(39) }],
    ["a line break in a value", { publicKey, metadata: { a: "x\ncurve" } }],
    ["both quotation marks in a value", { publicKey, metadata: { a: `"'` } }],
    ["an invalid name", { publicKey, metadata: { "a b": "x" } }],
  ] as const) {
    it(`are not written with ${what}`, () => {
      expect(codeOf(() => writeCertificate(certificate))).to.equal("EINVAL")
    })
  }
})
