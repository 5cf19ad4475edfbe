import { expect } from "chai"
import { addressBytes, addressText, canonicalAddress, encodeAddress, readAddress } from "../../src/pgm/address.js"
import { hex } from "../support/cuts.js"

const toHex = (text: string): string | undefined => {
  const bytes = addressBytes(text)
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex")
}

describe("network-layer addresses (RFC 3208, section 8.1)", () => {
  it("are parsed from text of either family (RFC 4291, section 2.2)", () => {
    expect(toHex("10.99.0.1")).to.equal("0a630001")
    expect(toHex("ff02::99")).to.equal("ff020000000000000000000000000099")
    expect(toHex("::")).to.equal("0".repeat(32))
    expect(toHex("::1")).to.equal(`${"0".repeat(31)}1`)
    expect(toHex("fe80::")).to.equal(`fe80${"0".repeat(28)}`)
    expect(toHex("2001:DB8:0:0:8:800:200C:417A")).to.equal("20010db80000000000080800200c417a")
    expect(toHex("::ffff:192.168.0.1")).to.equal("00000000000000000000ffffc0a80001")
    expect(toHex("1:2:3:4:5:6:7.8.9.10")).to.equal("0001000200030004000500060708090a")
    expect(toHex("fe80::1%eth0")).to.equal("fe800000000000000000000000000001")
    expect(toHex("1:2:3:4:5:6:7::")).to.equal("00010002000300040005000600070000")
  })

  it("are not parsed from anything else", () => {
    const texts = ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "a.b.c.d", "1.2.3.", "host", "1:2", "1::2::3", ":::"]
    texts.push("1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "g::", "12345::", "::1.2.3.400", "1:2:3:4:5:6:7:1.2.3.4", ":")
    for (const text of texts) expect(addressBytes(text), text).to.equal(undefined)
    expect(canonicalAddress("host")).to.equal(undefined)
  })

  it("have one canonical text each", () => {
    expect(canonicalAddress("FE80::0001")).to.equal(canonicalAddress("fe80:0:0:0:0:0:0:1%lo"))
    expect(canonicalAddress("239.192.1.1")).to.equal("239.192.1.1")
    expect(addressText(hex("ff020000000000000000000000000099"))).to.equal("ff02:0:0:0:0:0:0:99")
  })

  it("are preceded by a family and two reserved bytes in packets", () => {
    expect(Buffer.from(encodeAddress("10.99.0.1")).toString("hex")).to.equal("000100000a630001")
    expect(Buffer.from(encodeAddress("::1")).toString("hex")).to.equal(`00020000${"0".repeat(31)}1`)
    expect(() => encodeAddress("host")).to.throw(RangeError, 'Invalid IP address "host"')
  })

  it("are read from packets, unless they are truncated or of another family", () => {
    for (const text of ["10.99.0.1", "ff02:0:0:0:0:0:0:99"]) {
      const packet = Buffer.concat([Buffer.alloc(3), encodeAddress(text)])
      expect(readAddress(packet, 3)).to.deep.equal({ address: text, size: packet.length - 3 })
      for (let end = 0; end < packet.length; end++) expect(readAddress(packet.subarray(0, end), 3)).to.equal(undefined)
    }
    for (const family of ["0000", "0003", "0100", "0101", "0102", "8001"]) {
      expect(readAddress(hex(`${family}0000${"00".repeat(16)}`), 0)).to.equal(undefined)
    }
  })
})
