import { expect } from "chai"
import { isFile, localPath } from "../../../src/transports/ipc/ipc-address.js"
import { codeOf } from "../../support/messages.js"

describe("ipc addresses", () => {
  for (const [platform, address, path] of [
    ["linux", "/tmp/feed", "/tmp/feed"],
    ["linux", "feed", "feed"],
    ["linux", "@feed", "\0feed"],
    ["darwin", "/tmp/feed", "/tmp/feed"],
    ["win32", "/tmp/feed", "\\\\.\\pipe\\tmp\\feed"],
    ["win32", "feed", "\\\\.\\pipe\\feed"],
    ["win32", "C:\\run\\feed", "\\\\.\\pipe\\C:\\run\\feed"],
    ["win32", "C:/run/feed", "\\\\.\\pipe\\C:\\run\\feed"],
    ["win32", "@feed", "\\\\.\\pipe\\@feed"],
    ["win32", "\\\\.\\pipe\\feed", "\\\\.\\pipe\\feed"],
    ["win32", "//./pipe/feed", "\\\\.\\pipe\\feed"],
    ["win32", "\\\\?\\pipe\\feed", "\\\\?\\pipe\\feed"],
  ] as const) {
    it(`are converted for net on ${platform}: ${address} is ${JSON.stringify(path)}`, () => {
      expect(localPath(address, platform)).to.equal(path)
    })
  }

  for (const [platform, longest] of [
    ["linux", 107],
    ["darwin", 103],
    ["win32", 256 - "\\\\.\\pipe\\".length],
  ] as const) {
    it(`have at most ${longest} characters on ${platform}: ENAMETOOLONG`, () => {
      localPath("x".repeat(longest), platform)
      expect(codeOf(() => localPath("x".repeat(longest + 1), platform))).to.equal("ENAMETOOLONG")
    })
  }

  it("are limited in bytes, except for pipes, whose names are limited in characters", () => {
    expect(codeOf(() => localPath("\u00e9".repeat(54), "linux"))).to.equal("ENAMETOOLONG")
    localPath("\u00e9".repeat(200), "win32")
  })

  it("are not empty names: EINVAL", () => {
    for (const platform of ["linux", "darwin", "win32"]) {
      expect(codeOf(() => localPath("@", platform))).to.equal("EINVAL")
    }
    for (const address of ["", "/", "\\\\.\\pipe\\"]) {
      expect(codeOf(() => localPath(address, "win32"))).to.equal("EINVAL")
    }
  })

  it("are not abstract on systems without such names: EINVAL", () => {
    expect(codeOf(() => localPath("@feed", "darwin"))).to.equal("EINVAL")
  })

  it("are files that outlive their process, except for names", () => {
    expect([isFile("/tmp/feed", "linux"), isFile("/tmp/feed", "darwin")]).to.deep.equal([true, true])
    expect([isFile("@feed", "linux"), isFile("/tmp/feed", "win32")]).to.deep.equal([false, false])
  })
})
