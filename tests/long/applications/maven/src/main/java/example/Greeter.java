package example;

import org.apache.commons.lang3.StringUtils;

public class Greeter {
    public static void main(String[] arguments) {
        System.out.println("maven " + StringUtils.repeat("ha", 2));
    }
}
