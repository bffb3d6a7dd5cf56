// Configures the site: what stage.py laid out, with search in the page and diagrams drawn by mermaid.
import fs from 'node:fs';

import { withMermaid } from 'vitepress-plugin-mermaid';

const sidebar = JSON.parse(fs.readFileSync(new URL('sidebar.json', import.meta.url), 'utf8'));

export default withMermaid({
  title: 'SpectraDB',
  description: 'Bitemporal ledger tables for SQLite',
  // Pages are read as plain Markdown, and not as templates.
  markdown: { html: false, theme: { light: 'github-light', dark: 'github-dark' } },
  base: process.env.SPECTRADB_SITE_BASE ?? '/',
  // Examples are up to 120 characters wide.
  head: [['style', {}, ':root { --vp-layout-max-width: 1760px } .VPDoc .content-container { max-width: 1080px !important }']],
  lastUpdated: false,
  themeConfig: { sidebar, outline: [2, 3], search: { provider: 'local' }, nav: [{ text: 'Tour', link: '/docs/tour' }, { text: 'SQL', link: '/docs/sql' }, { text: 'Hosts', link: '/docs/hosts' }] },
  vite: { build: { chunkSizeWarningLimit: 5000 } },
});
