/** The style controls as the phrases that they add to a prompt: short, lower case, in the words that CLIP knows. */

/** In the order in which their phrases are joined: today's producers had shot, angle and style in this order. */
export const styleNames = ['shotType', 'cameraAngle', 'look', 'lighting', 'mood'] as const
export type StyleName = (typeof styleNames)[number]

/** By control and value. What a page shows as nothing chosen has no value here. */
export const stylePhrases = {
  shotType: {
    wide: 'wide shot',
    medium: 'medium shot',
    close: 'close-up shot',
  },
  cameraAngle: {
    eye_level: 'eye-level view',
    low_angle: 'low angle view',
    over_shoulder: 'over-the-shoulder view',
    overhead: 'overhead view',
    bird_eye: "bird's-eye view",
  },
  // Today's presets by their names, then what our own page has beside them.
  look: {
    cinematic: 'cinematic lighting, film grain, dramatic composition',
    vintage: 'vintage photograph, faded colors, soft grain',
    low_key: 'low key lighting, deep shadows, high contrast',
    indy: 'indie film still, muted palette, handheld framing',
    y2k: 'y2k aesthetic, glossy highlights, digital flash',
    pop: 'pop art palette, bold saturated colors, graphic contrast',
    grunge: 'grunge aesthetic, gritty texture, desaturated tones',
    dreamy: 'soft focus, pastel light, gentle haze',
    hand_drawn: 'hand drawn, ink lines, paper texture',
    '2d_novel': 'visual novel art, clean line work, flat cel shading',
    boost: 'highly detailed, sharp focus, vivid colors',
    natural: 'natural light, true colors, fine detail',
    oil_painting: 'oil painting, visible brush strokes, canvas texture',
    watercolor: 'watercolor, wet edges, white paper',
    moody: 'moody, overcast light, muted colors',
  },
  lighting: {
    natural: 'natural light',
    cinematic: 'cinematic lighting',
    soft: 'soft diffused light',
    golden_hour: 'golden hour light',
    studio: 'studio lighting',
    backlit: 'backlit, rim light',
    low_key: 'low key lighting',
    high_contrast: 'high contrast lighting',
    neon: 'neon light',
    overcast: 'overcast light',
  },
  mood: {
    moody: 'moody atmosphere',
    dramatic: 'dramatic atmosphere',
    dreamy: 'dreamy atmosphere',
    serene: 'serene atmosphere',
    cheerful: 'cheerful atmosphere',
    mysterious: 'mysterious atmosphere',
    nostalgic: 'nostalgic atmosphere',
    epic: 'epic atmosphere',
  },
} as const satisfies Readonly<Record<StyleName, Readonly<Record<string, string>>>>
