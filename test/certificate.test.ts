import { expect } from "chai"
import { curveKeyPair, readCertificate, writeCertificate } from "../src/index.js"
import { codeOf } from "./support/messages.js"

/** As `zmq.auth.create_certificates` of pyzmq 27.3 writes them. */
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

describe("certificates (ZPL, RFC 4)", () => {
  const publicKey = "N@AO&mBQ93NYolmCLTyFDL[^57l^j#PTC8NAQWjM"
  const secretKey = "@oteWI$Z[eTEuLRNRFdyJJ9N)FXjI7+@My5A8/+7"

  it("SHALL be read as pyzmq writes them", () => {
    expect(readCertificate(PUBLIC)).to.deep.equal({ publicKey, metadata: {} })
    expect(readCertificate(SECRET)).to.deep.equal({ publicKey, secretKey, metadata: { name: "Alice", role: "it's" } })
    expect(readCertificate(SECRET.replaceAll("\n", "\r\n"))).to.deep.equal(readCertificate(SECRET))
  })

  it("SHALL be read with what else ZPL allows: comments, quotation marks of both kinds, deeper and other sections", () => {
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

  it("SHALL be written as ZPL, and read again", () => {
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

  for (const [what, text] of [
    ["no key", "metadata\n    name = x\n"],
    ["a short key", 'curve\n    public-key = "short"\n'],
    ["a key that is no Z85", `curve\n    public-key = "${"~".repeat(40)}"\n`],
    ["a bad secret key", `curve\n    public-key = "${publicKey}"\n    secret-key = "x"\n`],
    ["odd indentation", `curve\n   public-key = "${publicKey}"\n`],
    ["an open quotation mark", `curve\n    public-key = "${publicKey}\n`],
    ["something else", "<xml/>"],
    ["nothing", ""],
  ] as const) {
    it(`SHALL not be read with ${what}`, () => {
      expect(codeOf(() => readCertificate(text))).to.equal("EINVAL")
    })
  }

  for (const [what, certificate] of [
    ["a bad key", { publicKey: "x" }],
    ["a bad secret key", { publicKey, secretKey: "x".repeat(39) }],
    ["a line break in a value", { publicKey, metadata: { a: "x\ncurve" } }],
    ["both quotation marks in a value", { publicKey, metadata: { a: `"'` } }],
    ["a name that is none", { publicKey, metadata: { "a b": "x" } }],
  ] as const) {
    it(`SHALL not be written with ${what}`, () => {
      expect(codeOf(() => writeCertificate(certificate))).to.equal("EINVAL")
    })
  }
})
