/** Full-text search of the site: what its index contains, and how results are ranked. */

/** The fields of the index that VitePress builds, one document for each heading. */
export const INDEX = { fields: ["title", "titles", "text"], storeFields: ["title", "titles"] }

/** Options of MiniSearch. VitePress sends `boostDocument` to pages as text, so it cannot use anything outside itself. */
export const RANKING = {
  prefix: true,
  fuzzy: 0.1,
  boost: { title: 4, titles: 2, text: 1 },
  boostDocument: (id: string): number => {
    if (/\/guide\/|\/options\b/.test(id)) return 2.5
    return /\/(?:api|examples|conformance|changelog|performance|design|tests|releasing)\b/.test(id) ? 0.5 : 1
  },
}

/** Text for the index, without the options of each class, which the page of options covers and which would hide other results. */
export function indexed(page: string, markdown: string): string {
  return /^api\//.test(page) ? markdown.replace(/^## Options\n.*?(?=^## |(?![\s\S]))/ms, "") : markdown
}
