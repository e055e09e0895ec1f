"""The Streamlit app: it speaks HTTP to the API and computes no business figure itself."""
