package tools;

/** A main class for the shaded jar. */
public final class Tools {
    private Tools() {}

    public static void main(String[] args) {
        System.out.println(new com.google.gson.Gson().toJson(args));
    }
}
