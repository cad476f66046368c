/** Mounts the page on a backend in memory, in the scene that the address names: `?scene=queue&theme=dark&lang=de`. */
import { mount } from 'svelte';
import App from '../src/App.svelte';
import '../src/app.css';
import { MemoryBackend } from '../src/backend/memory';
import { scenes } from './scenes';

declare global {
  interface Window {
    /** For the tests, which change things behind the page's back. */
    memory: MemoryBackend;
  }
}

const asked = new URLSearchParams(location.search);
const backend = new MemoryBackend();
window.memory = backend;
const { preferences } = backend.program.settingsNow;
preferences.theme = (asked.get('theme') ?? 'system') as typeof preferences.theme;
preferences.interface_language = asked.get('lang') ?? 'en';
scenes[asked.get('scene') ?? 'welcome']?.(backend);

document.documentElement.dir = asked.get('dir') ?? 'ltr';
const target = document.getElementById('app');
if (target) mount(App, { target, props: { backend } });
