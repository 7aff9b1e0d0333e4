// What would keep somebody from reading a page. The value is a list of findings, empty if all is well.
(() => {
  const found = new Set();
  const tell = (what, element) => found.add(`${what}: ${element.outerHTML.slice(0, 200)}`);
  const all = selector => [...document.querySelectorAll(selector)];
  const shown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const named = element => (element.getAttribute('aria-label') || element.title
    || (element.getAttribute('aria-labelledby') || '').split(' ')
      .map(id => document.getElementById(id)?.textContent || '').join('')
    || [...(element.labels || [])].map(label => label.textContent).join('')
    || '').trim() !== '';
  const count = (what, selector, wanted) => {
    const there = all(selector).filter(shown).length;
    if (there !== wanted) found.add(`${what}: ${there} instead of ${wanted}`);
  };

  if (!document.documentElement.lang) found.add('no language');
  if (!document.title.trim()) found.add('no title');
  count('main headings', 'h1', 1);
  count('main landmarks', 'main, [role=main]', 1);
  all('nav').filter(nav => !named(nav)).forEach(nav => tell('navigation without a name', nav));
  all('input:not([type=hidden]), select, textarea').filter(shown)
    .filter(input => !named(input)).forEach(input => tell('a field without a label', input));
  all('img').filter(image => !image.hasAttribute('alt')).forEach(image => tell('a picture without words', image));
  all('svg').filter(svg => !svg.closest('[aria-hidden=true]') && !named(svg.closest('[role=img]') || svg) && !named(svg) && !svg.querySelector('title'))
    .forEach(svg => tell('a drawing without words', svg));
  all('a[href], button, summary').filter(shown).filter(element => !named(element)
      && !element.textContent.trim() && !element.querySelector('img[alt]:not([alt=""])'))
    .forEach(element => tell('nothing says where it leads', element));
  all('audio, video').filter(media => !named(media)).forEach(media => tell('a player without a name', media));
  all('table').filter(table => !table.querySelector('th')).forEach(table => tell('a table without headings', table));
  const ids = all('[id]').map(element => element.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach(id => found.add(`an id that is there twice: ${id}`));
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6').filter(shown)) {
    const next = Number(heading.tagName[1]);
    if (level && next > level + 1) tell(`a heading that skips from ${level}`, heading);
    level = next;
  }

  // contrast, as it is painted: colours are drawn over one another from the root to the text
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
    .getContext('2d', { willReadFrequently: true });
  const paint = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const { colour, opacity } of colours) {
      context.globalAlpha = opacity;
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => {
    const [red, green, blue] = rgb.map(value => value / 255)
      .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || !shown(element) || element.closest('script, style, noscript, svg')) continue;
    const above = [];
    for (let one = element; one; one = one.parentElement) above.unshift(one);
    let opacity = 1;
    const layers = [{ colour: dark ? '#121212' : '#fff', opacity: 1 }];
    for (const one of above) {
      const style = getComputedStyle(one);
      opacity *= Number(style.opacity);
      layers.push({ colour: style.backgroundColor, opacity });
    }
    const style = getComputedStyle(element);
    const key = JSON.stringify([layers, style.color, style.fontSize, style.fontWeight]);
    if (seen.has(key)) continue;
    seen.add(key);
    const behind = light(paint(layers));
    const before = light(paint([...layers, { colour: style.color, opacity }]));
    const ratio = (Math.max(behind, before) + 0.05) / (Math.min(behind, before) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) tell(`contrast ${ratio.toFixed(2)}`, element);
  }
  return [...found];
})()
