"""Three sets of colours. Met is blue-green and unmet orange-red in each: pairs that colour-blind eyes tell apart."""

from textual.theme import Theme

DARK = Theme(
    name="campus-dark",
    primary="#5aa9e6",
    secondary="#8fb8d8",
    accent="#ffd166",
    success="#56c596",
    error="#ff8a5c",
    warning="#e9c46a",
    foreground="#e4e9ee",
    background="#10151b",
    surface="#161d25",
    panel="#1f2933",
    dark=True,
    variables={"cursor": "#235a86", "cursor-idle": "#2a3642", "muted": "#8c9aa8", "odd": "#131a21"},
)
LIGHT = Theme(
    name="campus-light",
    primary="#1f5f99",
    secondary="#3b7cb5",
    accent="#8a5a00",
    success="#0b6e4f",
    error="#b3360b",
    warning="#7a5b00",
    foreground="#1b232b",
    background="#fafbfc",
    surface="#ffffff",
    panel="#e4eaf0",
    dark=False,
    variables={"cursor": "#c3ddf5", "cursor-idle": "#dde5ec", "muted": "#5a6874", "odd": "#f1f4f7"},
)
CONTRAST = Theme(
    name="campus-contrast",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffff00",
    success="#5fffff",
    error="#ffaf5f",
    warning="#ffff5f",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#303030",
    dark=True,
    variables={"cursor": "#0000d7", "cursor-idle": "#444444", "muted": "#d0d0d0", "odd": "#000000"},
)
THEMES = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}
