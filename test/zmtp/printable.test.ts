import { expect } from "chai"
import fc from "fast-check"
import { printable, printableJson, quoted } from "../../src/zmtp/printable.js"

const bytes = (text: string): Buffer => Buffer.from(text, "latin1")

describe("printable", () => {
  it("does not change text in any script", () => {
    for (const text of ["hello", "żółć 你好 👩‍👧 שלום", 'C:\\dir "x"']) expect(printable(text)).to.equal(text)
  })

  for (const [what, text, expected] of [
    ["an escape sequence", "\x1b]0;owned\x07\x1b[2J", "\\x1b]0;owned\\x07\\x1b[2J"],
    ["the escape sequence of one byte", "\x9b31m", "\\x9b31m"],
    ["line endings of every kind", "a\nb\rc\u2028d\u2029e\x85f\vg", "a\\nb\\rc\\u2028d\\u2029e\\x85f\\x0bg"],
    ["tabs and backspaces", "a\tb\bc\x7f", "a\\tb\\x08c\\x7f"],
    ["bidirectional control characters", "\u202etxt.exe\u2066\u200f", "\\u202etxt.exe\\u2066\\u200f"],
    ["a lone surrogate", "a\ud83d", "a\\ud83d"],
  ] as const) {
    it(`escapes ${what}`, () => {
      expect(printable(text)).to.equal(expected)
      expect(quoted(text)).to.equal(`"${expected}"`)
    })
  }

  it("escapes quotes and backslashes only in quotes", () => {
    expect([printable('a"\\'), quoted('a"\\')]).to.deep.equal(['a"\\', '"a\\"\\\\"'])
  })

  it("shows invalid UTF-8 by its bytes, or in quotes as hexadecimal digits", () => {
    expect([printable(bytes("a\xff\n")), quoted(bytes("a\xff\n"))]).to.deep.equal(["a\\xff\\n", "0x61ff0a"])
    expect(quoted(bytes("a\tb\n"))).to.equal('"a\\tb\\n"')
    expect(quoted(bytes("\0abc"))).to.equal("0x00616263")
  })

  it("shows every byte above 127 that is not part of a character", () => {
    expect(printable(bytes("\x7fa\x80\xbf"))).to.equal("\\x7fa\\x80\\xbf")
  })

  it("escapes text of any length", () => {
    for (const text of ["", "x".repeat(0x8000), "x".repeat(0x8001), `${"x".repeat(0x7fff)}👩x`]) {
      expect(printable(`${text}\x1b`, Infinity)).to.equal(`${text}\\x1b`)
    }
  })

  it("truncates long text, but never within a UTF-8 character", () => {
    expect(printable("x".repeat(60_000))).to.equal(`${"x".repeat(256)}…`)
    expect(printable("abc", 3)).to.equal("abc")
    expect(printable(Buffer.from("ab€"), 4)).to.equal("ab…")
    expect(printable(Buffer.from("ab€"), 5)).to.equal("ab€")
    // An emoji has four bytes. The second "é" has two, and begins at the limit.
    for (let most = 2; most < 6; most++) expect(printable(Buffer.from("ab👩c"), most)).to.equal("ab…")
    expect(printable(Buffer.from("aéé"), 3)).to.equal("aé…")
    // Even the first character exceeds the limit.
    for (const most of [0, 1, 2]) expect(printable(Buffer.from("€"), most)).to.equal("…")
    // Bytes that are part of no character: at most three could be the rest of one.
    expect(printable(Buffer.alloc(10, 0x80), 5)).to.equal("\\x80\\x80…")
    expect(quoted(Buffer.alloc(1000), 2)).to.equal("0x0000…")
    expect(quoted("abcd", 3)).to.equal('"abc…"')
  })

  it("recognizes every character of two bytes at the end of truncated text", () => {
    for (let code = 0xa0; code < 0x800; code++) {
      const content = Buffer.from(`a${String.fromCharCode(code)}`)
      expect(printable(content, 2), code.toString(16)).to.equal("a…")
      expect(printable(content.subarray(1), 1), code.toString(16)).to.equal("…")
    }
  })

  it("escapes all control characters in any input", () => {
    const controls = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (content, most) => {
        for (const input of [
          content,
          Buffer.from(content).toString("latin1"),
          Buffer.from(content).toString("utf16le"),
        ])
          for (const output of [printable(input, most), quoted(input, most)]) expect(output).not.to.match(controls)
      }),
    )
  })

  it("escapes characters in JSON that JSON.stringify does not escape, without changing the meaning", () => {
    const value = { "\x9b": "\u2028\x7f\u202e\x1b" }
    const json = printableJson(JSON.stringify(value))
    expect(json).to.match(/^[\x20-\x7e]+$/)
    expect(JSON.parse(json)).to.deep.equal(value)
  })
})
