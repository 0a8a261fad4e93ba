FROM scratch
ENV ÄÖ=ü A=日本 B="语 言" C=$ÄÖ
