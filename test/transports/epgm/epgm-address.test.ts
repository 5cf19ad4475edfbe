import { expect } from "chai"
import { parseEpgmAddress } from "../../../src/transports/epgm/epgm-address.js"
import type { ZmqError } from "../../../src/core/errors.js"

function failure(text: string): string {
  try {
    parseEpgmAddress(text)
  } catch (error) {
    const { code, address, message } = error as ZmqError
    expect([code, address]).to.deep.equal(["EINVAL", `epgm://${text}`])
    expect(message).to.include(`Invalid endpoint "epgm://${text}": `)
    return message.slice(message.indexOf('": ') + 3)
  }
  return "parsed"
}

describe("addresses of epgm://", () => {
  it("consist of an interface, a multicast group, and a port, as in OpenPGM", () => {
    const group = { group: "239.192.1.1", port: 5555 }
    expect(parseEpgmAddress("127.0.0.1;239.192.1.1:5555")).to.deep.equal({ through: "127.0.0.1", ...group })
    expect(parseEpgmAddress("eth0;239.192.1.1:5555")).to.deep.equal({ through: "eth0", ...group })
    for (const text of ["239.192.1.1:5555", ";239.192.1.1:5555", "*;239.192.1.1:5555"]) {
      expect(parseEpgmAddress(text), text).to.deep.equal({ through: undefined, ...group })
    }
    const v6 = { through: "fe80::1", group: "ff02::99", port: 1 }
    expect(parseEpgmAddress("fe80::1;[ff02::99]:1")).to.deep.equal(v6)
    expect(parseEpgmAddress("[fe80::1];[ff02::99]:1")).to.deep.equal(v6)
    expect(parseEpgmAddress(";[ff02::99]:65535").port).to.equal(65_535)
  })

  it("are rejected otherwise, with the reason: EINVAL", () => {
    for (const text of [
      "127.0.0.1;239.192.1.1",
      "127.0.0.1;239.192.1.1:0",
      ";239.192.1.1:65536",
      "x",
      ";239.192.1.1:",
    ]) {
      expect(failure(text), text).to.equal("expected a port from 1 to 65535 at the end")
    }
    for (const text of [
      "127.0.0.1:5555",
      "eth0;10.0.0.1:5555",
      "eth0;host:5555",
      ";:5555",
      ";240.0.0.1:1",
      ";[::1]:1",
    ]) {
      expect(failure(text), text).to.equal("expected a multicast group, such as 239.192.1.1")
    }
    expect(failure("eth0;239.192.1.1;239.192.1.2:5555")).to.include("separate groups")
    expect(failure("eth0;239.192.1.1,239.192.1.2:5555")).to.include("only one multicast group")
    expect(failure("eth0;ff02::99:5555")).to.include("needs brackets")
    expect(failure("10.0.0.0/8;239.192.1.1:5555")).to.include("not a network")
  })
})
