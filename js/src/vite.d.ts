// Imports that vite resolves, such as "./style.css?inline".
/// <reference types="vite/client" />
