/** The site of the documentation. `npm run docs` writes the pages to `site/pages` first (scripts/site/build.mjs). */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitepress"
import { indexed, RANKING } from "../../scripts/site/search.js"
import { slug } from "../../scripts/site/slug.js"

const root = fileURLToPath(new URL("../../", import.meta.url))
const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"))
const { repository } = JSON.parse(readFileSync(`${root}project.json`, "utf8"))
/** Where the site is served, such as `/zmtp/` for a project page. */
const base = process.env["DOCS_BASE"] ?? "/"

export default defineConfig({
  title: "zmtp",
  description: "ZeroMQ for JavaScript, without a native addon",
  lang: "en-US",
  base,
  srcDir: "../site/pages",
  outDir: "../site/html",
  cacheDir: "../node_modules/.cache/vitepress",
  cleanUrls: false,
  head: [["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }]],
  markdown: {
    anchor: { slugify: slug },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  // Each page also names its Markdown version, for programs that read it.
  transformHead: ({ page }) =>
    page === "404.md" ? [] : [["link", { rel: "alternate", type: "text/markdown", href: `${base}${page}` }]],
  // The index of the search and the largest page are as large as they are.
  vite: { build: { chunkSizeWarningLimit: 4_096 } },
  themeConfig: {
    logo: "/icon.svg",
    nav: [
      { text: "Guide", link: "/guide/getting-started" },
      { text: "API", link: "/api/" },
      { text: "Options", link: "/options" },
      { text: "Try it", link: "/try" },
      { text: version, link: "/changelog" },
    ],
    sidebar: JSON.parse(readFileSync(`${root}site/pages/sidebar.json`, "utf8")),
    outline: { level: [2, 3] },
    ...(repository === "" ? {} : { socialLinks: [{ icon: "github", link: repository }] }),
    search: {
      provider: "local",
      options: {
        miniSearch: { searchOptions: RANKING },
        _render: (source, env, markdown) => markdown.render(indexed(env.relativePath, source), env),
      },
    },
    footer: { message: "zmtp is published under the MIT license." },
  },
})
