import { expect } from "chai"
import { once } from "node:events"
import { linkSync, mkdirSync, readdirSync, statSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:net"
import { basename, dirname, join } from "node:path"
import { SocketFile } from "../../../src/transports/ipc/socket-file.js"
import { closing } from "../../support/closing.js"
import { SocketFolder } from "../../support/endpoints.js"
import { skip } from "../../support/skip.js"

const LONGEST = 107

describe("the file of a local socket", () => {
  const use = closing()
  let folder: SocketFolder

  before(function () {
    // Windows does not have local sockets with paths.
    if (process.platform === "win32") skip(this, "not on Windows")
  })

  beforeEach(() => {
    folder = use(new SocketFolder())
  })

  async function listen(path: string): Promise<Server> {
    const server = createServer().listen(path)
    use({ close: () => server.close() })
    await once(server, "listening")
    return server
  }

  /** A socket that listens under its hidden name. */
  async function listening(path: string): Promise<SocketFile> {
    const file = new SocketFile(path, LONGEST)
    await listen(file.hidden)
    return file
  }

  async function abandon(path: string): Promise<void> {
    const server = await listen(`${path}-`)
    linkSync(`${path}-`, path)
    server.close()
    await once(server, "close")
  }

  it("has its own name and a suffix at first", async () => {
    const path = folder.next()
    const file = await listening(path)
    expect(dirname(file.hidden)).to.equal(dirname(path))
    expect(basename(file.hidden).slice(0, -6)).to.equal(`${basename(path)}.`)
    expect(file.hidden.slice(-6)).to.match(/^[0-9a-z]{6}$/)
    expect(new SocketFile(path, LONGEST).hidden).to.not.equal(file.hidden)
  })

  for (const length of [1, 2, 6, 7, 8, 20]) {
    it(`has a hidden name that fits in a socket address: in a folder that leaves ${length} bytes`, async () => {
      const deep = join(folder.path, "d".repeat(LONGEST - folder.path.length - 2 - length))
      mkdirSync(deep)
      const path = join(deep, "\u00e9".repeat(length / 2) + "e".repeat(length % 2))
      for (let count = 0; count < 50; count++) {
        const { hidden } = new SocketFile(path, LONGEST)
        expect(Buffer.byteLength(hidden)).to.be.at.most(LONGEST)
        expect([dirname(hidden), hidden === path]).to.deep.equal([deep, false])
      }
      const file = await listening(path)
      expect([file.publish(), readdirSync(deep)]).to.deep.equal([true, [basename(path)]])
      file.remove()
      expect(readdirSync(deep)).to.deep.equal([])
    })
  }

  it("is published only if no file exists", async () => {
    const path = folder.next()
    const [file, other] = [await listening(path), await listening(path)]
    expect([file.publish(), other.publish()]).to.deep.equal([true, false])
    other.discard()
    expect(readdirSync(folder.path)).to.deep.equal([basename(path)])
    other.remove()
    expect(readdirSync(folder.path)).to.deep.equal([basename(path)])
    file.remove()
    expect(readdirSync(folder.path)).to.deep.equal([])
  })

  it("replaces only the given file, and none created since", async () => {
    const path = folder.next()
    await abandon(path)
    const [file, other] = [await listening(path), await listening(path)]
    const { holder } = file
    expect(other.replace(holder)).to.equal(true)
    const { ino } = statSync(path)
    expect([file.publish(), file.replace(holder), file.replace(undefined)]).to.deep.equal([false, false, false])
    expect(statSync(path).ino).to.equal(ino)
    other.remove()
    expect([file.replace(holder), file.replace(undefined)]).to.deep.equal([false, true])
    file.remove()
    expect(readdirSync(folder.path)).to.deep.equal([])
  })

  it("is not confused with another file of the same inode number", async () => {
    const path = folder.next()
    writeFileSync(path, "")
    const before = new Date(Date.now() - 60_000)
    utimesSync(path, before, before)
    const file = await listening(path)
    const { holder } = file
    // Most file systems reuse the inode number for the next new file.
    unlinkSync(path)
    writeFileSync(path, "precious")
    expect(file.replace(holder)).to.equal(false)
    expect(statSync(path).size).to.equal(8)
  })

  it("is in the directory that the file system resolves, for any form of the path", async () => {
    mkdirSync(join(folder.path, "a"))
    mkdirSync(join(folder.path, "a", "b"))
    symlinkSync(join("a", "b"), join(folder.path, "link"))
    const file = await listening(`${folder.path}/link/../socket`)
    expect(file.publish()).to.equal(true)
    expect(readdirSync(join(folder.path, "a")).sort()).to.deep.equal(["b", "socket"])
    file.remove()
    expect(readdirSync(join(folder.path, "a"))).to.deep.equal(["b"])
  })

  it("is considered stale if Linux lists no socket with its name or its hidden name", async function () {
    if (process.platform !== "linux") skip(this, "Linux only")
    const path = folder.next()
    await abandon(path)
    const file = await listening(path)
    expect(file.isKnownDead()).to.equal(true)
    const other = await listening(path)
    expect(file.isKnownDead()).to.equal(false)
    expect(other.isKnownDead()).to.equal(false)
    const server = await listen(join(folder.path, "listed"))
    const listed = new SocketFile(join(folder.path, "listed"), LONGEST)
    expect(listed.isKnownDead()).to.equal(false)
    server.close()
    await once(server, "close")
    expect(listed.isKnownDead()).to.equal(true)
  })
})
